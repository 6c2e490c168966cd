import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { importText } from '../../../src/config/litellm/import-text.ts';
import { readYaml } from '../../../src/config/read-yaml.ts';
import { plainValue } from '../../../src/config/tree.ts';
import { ENVIRONMENT, FIXTURES, readFixture, shownNotes, summaryOf } from './reading.ts';

const names = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

describe("LiteLLM's file", () => {
  it.each(names)('%s becomes what its author meant', (name) => {
    const expected: unknown = parse(readFileSync(join(FIXTURES, 'expected', `${name}.yaml`), 'utf8'));
    expect(JSON.parse(JSON.stringify(summaryOf(readFixture(name))))).toEqual(expected);
  });

  it.each(names)('%s has no expectation without a fixture, and is written so that it reads the same again', (name) => {
    const { native, ...rest } = readFixture(name);
    const { tree, findings } = readYaml(importText({ native, ...rest }));
    expect(findings).toEqual([]);
    expect(tree === null ? {} : JSON.parse(JSON.stringify(plainValue(tree)))).toEqual(native);
  });

  it.each(names)('%s: no value of a variable is in a note or in the native form, but names and addresses', (name) => {
    const reading = readFixture(name);
    const secrets = Object.values(ENVIRONMENT).filter((text) => /secret/i.test(text));
    const said = JSON.stringify([reading.notes, reading.native, reading.needs, importText(reading)]);
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
  });

  it('has an expectation for each fixture and no other', () => {
    const expected = readdirSync(join(FIXTURES, 'expected')).map((name) => name.slice(0, -'.yaml'.length));
    expect(expected.toSorted()).toEqual(names.toSorted());
  });
});

describe('a note', () => {
  it('of an included file names that file and its line', () => {
    const { notes } = readFixture('includes');
    const slip = notes.find(({ kind }) => kind === 'unknown');
    expect(slip).toMatchObject({ line: 5, column: 7, nearest: 'rpm' });
    expect(slip?.file).toBe(join(FIXTURES, 'includes/models.yaml'));
  });
});

describe('a variable that is not set', () => {
  it('is kept as a reference where the file is written anew', () => {
    const { native, leftOut, notes } = readFixture('missing-variables', 'keep');
    expect(leftOut).toEqual([]);
    expect(native['models']).toMatchObject({
      a: {
        deployments: [
          { target: 'openai-not-there/gpt-4o' },
          { target: 'anthropic-empty/claude-opus-5' },
          { target: 'groq/x' },
        ],
      },
      b: { deployments: [{ target: 'no/x' }] },
    });
    expect(native['providers']).toMatchObject({
      'openai-not-there': { type: 'openai', api_key: '${NOT_THERE}' },
      no: { base_url: '${NO_BASE}', api_key: '${NOT_THERE}' },
    });
    expect(notes.filter(({ kind }) => kind === 'missing')).toHaveLength(5);
  });

  it('leaves out the deployment even so where nobody can say which model is meant', () => {
    const { leftOut } = readFixture('environment', 'keep');
    expect(leftOut.map(({ name, reason }) => [name, reason])).toEqual([
      ['c', 'unsupported'],
      ['e', 'missing'],
    ]);
  });
});

describe('importText', () => {
  it('puts what was said about a deployment before it, and the rest at the top', () => {
    const text = importText(readFixture('article-tags'));
    expect(text).toContain(
      '      # line 17: model_list[1].model_info.tags: are not looked at here by LiteLLM, which would route past them;' +
        ' llmgw keeps to them\n      - target: ollama-192.168.1.20/qwen3:32b\n',
    );
    expect(text).toMatch(/^# Made from article-tags\.yaml by `llmgw config import`;/);
    expect(text.slice(0, text.indexOf('\n\n'))).toContain('# line 28: general_settings.proxy_budget_rescheduler');
  });

  it('names the variables that the file set, and not what they hold', () => {
    const text = importText(readFixture('environment'));
    expect(text).toContain('#   SET_HERE\n#   COPIED\n#   NUMBER\n');
    expect(text).not.toContain('sk-set-here');
  });
});

describe('shownNotes', () => {
  it('are in the order of the file', () => {
    const lines = shownNotes(readFixture('slips')).map((note) => Number(note.split(' ')[1]));
    expect(lines).toEqual(lines.toSorted((one, other) => one - other));
  });
});
