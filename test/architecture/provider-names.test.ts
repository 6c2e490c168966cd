import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { DIALECT_IDS } from '../../src/canonical/dialect-id.ts';
import { SERVER_KINDS } from '../../src/canonical/model.ts';
import { PROVIDERS } from '../../src/providers/table.ts';
import { forEachNode, isSpecifier, placeOf, roomOf, sourcesBelow } from './sources.ts';

/** Where providers are data, or examples in a help text. Everywhere else the code sees `Provider` values,
  never names. */
const MAY_NAME_PROVIDERS = ['providers', 'config', 'pricing', 'discovery', 'cli'];

/** Names that are something else too. */
const OTHER_MEANINGS = new Set<string>([...SERVER_KINDS, ...DIALECT_IDS]);

const ids = new Set(PROVIDERS.map(({ id }) => id).filter((id) => !OTHER_MEANINGS.has(id)));

/** `openai`, and `openai/…` as the beginning of a model's name. Not `openai-chat`, which is a dialect. */
function namesProvider(text: string): boolean {
  return ids.has(text) || ids.has(text.slice(0, Math.max(0, text.indexOf('/'))));
}

describe('the name of a provider', () => {
  it('is a value of the code only where providers are data', () => {
    const places: string[] = [];
    for (const source of sourcesBelow('src')) {
      if (MAY_NAME_PROVIDERS.includes(roomOf(source.path))) continue;
      forEachNode(source.tree, (node) => {
        const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node);
        if (!isText || !namesProvider(node.text) || (ts.isStringLiteralLike(node) && isSpecifier(node))) return;
        places.push(`${placeOf(source, node)}: ${node.text}`);
      });
    }
    expect(places).toEqual([]);
  });

  it('is told from a dialect', () => {
    expect(['openai', 'openai/gpt-4o', 'groq/'].filter(namesProvider)).toHaveLength(3);
    expect(['openai-chat', 'ollama', 'chat/completions', '/openai', ''].filter(namesProvider)).toEqual([]);
  });
});
