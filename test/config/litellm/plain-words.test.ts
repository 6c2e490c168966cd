import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadLiteLlm } from '../../../src/config/litellm/load.ts';
import { readText, shownNotes } from './reading.ts';

const notesOf = (params: string): string[] =>
  shownNotes(readText(`model_list: [{model_name: a, litellm_params: {${params}}}]`));

describe('what is said of', () => {
  it('a provider that nobody knows', () => {
    expect(notesOf('model: nosuchprovider/xyz')).toEqual([
      'unsupported 1 model_list[0].litellm_params.model: names a provider that neither LiteLLM nor llmgw knows, ' +
        'and no api_base; this deployment of `a` is left out',
    ]);
  });

  it('an alias of nothing', () => {
    const text = 'model_list: []\nrouter_settings: {model_group_alias: {dead: nothing}}';
    expect(shownNotes(readText(text))).toEqual([
      'reading 2 router_settings.model_group_alias.dead: is for a name that is no model_name here; ' +
        'it answers if llmgw finds a model of that name',
    ]);
  });

  it('os.environ/ without a name', () => {
    expect(notesOf('model: openai/x, api_key: os.environ/')).toEqual([
      'ignored 1 model_list[0].litellm_params.api_key: has os.environ/ without the name of a variable behind it, ' +
        'so it is not used',
    ]);
  });

  it('an included file that is not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'llmgw-include-'));
    const file = join(folder, 'main.yaml');
    try {
      const text = 'include: [models.yaml]\nmodel_list: []\n';
      expect(() => loadLiteLlm({ file, text, readableByOthers: false }, {}, 'leave out')).toThrow(
        `${join(folder, 'models.yaml')}: there is no such file; check the name that ${file} includes`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
