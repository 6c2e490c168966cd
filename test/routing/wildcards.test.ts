import { describe, expect, it } from 'vitest';
import type { NamedTargets } from '../../src/canonical/profile.ts';
import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import { PLAIN_FACTS } from '../../src/routing/auto-rules.ts';
import { knownNames } from '../../src/routing/known-names.ts';
import { planRoute } from '../../src/routing/plan.ts';
import { cloudEndpoint, modelServer, routedProvider, routeTable } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';

const servers = [modelServer('box', ['gpt-oss:20b', 'qwen3:8b', 'qwen3:32b', 'a-b'])];
const providers = [routedProvider(cloudEndpoint('openai'), []), routedProvider(cloudEndpoint('openrouter'), [])];

function first(input: TableParts, name: string): string | undefined {
  const table = routeTable({ servers, providers, ...input });
  return planRoute(table, name, () => PLAIN_CHAT, PLAIN_FACTS).targets[0]?.name;
}

const entry = (name: string, ...targets: string[]): NamedTargets => ({ name, targets });

describe('names with a *', () => {
  it.each<[string, NamedTargets[], string, string]>([
    ['matches any text', [entry('gpt-*', 'box/qwen3:8b')], 'gpt-4o', 'box/qwen3:8b'],
    ['also none', [entry('gpt-*', 'box/qwen3:8b')], 'gpt-', 'box/qwen3:8b'],
    ['also in the middle', [entry('gpt-*-mini', 'box/qwen3:8b')], 'gpt-5-mini', 'box/qwen3:8b'],
    ['also slashes', [entry('*', 'box/qwen3:8b')], 'any/thing:at/all', 'box/qwen3:8b'],
    ['an exact name before it', [entry('gpt-*', 'box/qwen3:8b'), entry('gpt-4o', 'box/a-b')], 'gpt-4o', 'box/a-b'],
    [
      'the longest literal part before the others',
      [entry('*', 'box/qwen3:8b'), entry('gpt-*', 'box/a-b'), entry('gpt-4*-mini', 'box/qwen3:32b')],
      'gpt-4o-mini',
      'box/qwen3:32b',
    ],
    [
      'the first of the file among equals',
      [entry('gpt-*', 'box/a-b'), entry('*mini', 'box/qwen3:8b')],
      'gpt-mini',
      'box/a-b',
    ],
    ['a * in the target is the text', [entry('cloud/*', 'openrouter/*')], 'cloud/x/y', 'openrouter/x/y'],
    ['every * in it', [entry('v-*', 'openrouter/*/*')], 'v-x', 'openrouter/x/x'],
    ['a text that looks like a replacement', [entry('v-*', 'openrouter/*')], 'v-$&$1', 'openrouter/$&$1'],
    ['its own name means the model behind it', [entry('gpt-*', '*', 'gpt-*')], 'gpt-oss:20b', 'box/gpt-oss:20b'],
    ['the name with the prefix of ours', [entry('gpt-*', 'box/a-b')], 'llmgw/gpt-4o', 'box/a-b'],
  ])('%s', (_what, named, name, expected) => {
    expect(first({ models: named }, name)).toBe(expected);
    expect(first({ aliases: named }, name)).toBe(expected);
  });

  it('do not match when literal parts would overlap', () => {
    expect(() => first({ models: [entry('a-*-b', 'box/qwen3:8b')] }, 'a-b-')).toThrow(/not known here/);
    expect(first({ models: [entry('a-*-b', 'box/qwen3:8b')] }, 'a-b')).toBe('box/a-b');
  });

  it('are the strongest meaning of a name: an alias hides a live model, which can still be named by its server', () => {
    const aliases = [entry('gpt-*', 'box/qwen3:32b')];
    expect(first({ aliases }, 'gpt-oss:20b')).toBe('box/qwen3:32b');
    expect(first({ aliases }, 'box/gpt-oss:20b')).toBe('box/gpt-oss:20b');
    // A wildcard of the profile comes before an exact name of `models:`.
    expect(first({ aliases, models: [entry('gpt-4o', 'box/a-b')] }, 'gpt-4o')).toBe('box/qwen3:32b');
  });

  it('are for the names that clients send, not for the targets of other entries', () => {
    const models = [entry('*', 'box/qwen3:8b'), entry('smart', 'openai/gpt-4o'), entry('best', 'smart')];
    expect(first({ models }, 'smart')).toBe('openai/gpt-4o');
    expect(first({ models }, 'best')).toBe('openai/gpt-4o');
    expect(first({ aliases: [entry('x', 'best')], models }, 'x')).toBe('openai/gpt-4o');
    expect(first({ models: [entry('*', 'openrouter/*')] }, 'a/b')).toBe('openrouter/a/b');
  });

  it('are no names that are listed', () => {
    const table = routeTable({ aliases: [entry('a*', 'x')], models: [entry('*', 'y'), entry('plain', 'z')] });
    expect(knownNames(table)).toEqual(['plain']);
  });

  it('say which entry it was', () => {
    const table = routeTable({ profile: 'dev', servers, aliases: [entry('gpt-*', 'box/a-b')] });
    const plan = planRoute(table, 'gpt-4o', () => PLAIN_CHAT, PLAIN_FACTS);
    expect(plan.targets[0]?.reason).toBe('alias gpt-* of profile dev');
    expect(plan.note).toBe('dev: gpt-4o -> box/a-b (alias gpt-* of profile dev)');
  });
});
