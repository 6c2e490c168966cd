import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { backOf } from '../../src/dialects/faces.ts';
import { providerFromConfig } from '../../src/providers/provider-from-config.ts';
import { PROVIDERS } from '../../src/providers/table.ts';
import { findPlaces } from '../../src/std/places.ts';
import { ROOT } from '../architecture/sources.ts';
import { makeHome, type TestHome } from '../helpers/daemon.ts';

const page = readFileSync(join(ROOT, 'docs', 'providers.md'), 'utf8');
const KEYS = ['CORP_KEY', 'OPENAI_EU_KEY', 'AZURE_OPENAI_API_KEY', 'CORP_GEMINI_KEY'];

let home: TestHome;
beforeAll(() => {
  home = makeHome();
});
afterAll(() => home.remove());

/** Each example with the sentences behind it that say what is asked. */
const examples = [...page.matchAll(/```yaml( classic)?\n([\s\S]*?)```\n\n((?:`[\w-]+\/M` asks `[^`]+`\n\n?)+)/g)].map(
  ([, classic, text = '', asked = '']) => ({
    text,
    env: {
      ...Object.fromEntries(KEYS.map((key) => [key, 'key'])),
      ...(classic === undefined ? {} : { AZURE_OPENAI_API_VERSION: '2024-10-21' }),
    },
    asked: [...asked.matchAll(/`([\w-]+)\/M` asks `([^`]+)`/g)].map(([, id = '', url = '']) => [id, url]),
  }),
);

describe('the addresses of providers', () => {
  it('are all looked at', () => {
    expect(examples).toHaveLength(page.split('```yaml').length - 1);
  });

  it.each(examples)('are asked as the page says: $asked', ({ text, env, asked }) => {
    const file = join(home.folder, 'from-providers.yaml');
    writeFileSync(file, text, { mode: 0o600 });
    const { settings, warnings } = loadSettings({ file, places: findPlaces(home.env), env });
    expect(warnings).toEqual([]);
    const urls = settings.providers.map(({ id, dialect, baseUrl, models }) => {
      const row = PROVIDERS.find((one) => one.id === id);
      const provider = row ?? providerFromConfig({ id, type: null, dialect, baseUrl: baseUrl ?? '', models });
      if (provider === null) throw new Error(`${id} has no address`);
      const { pathRule } = { ...provider, ...provider.shapedBy?.(env) };
      const path = backOf(dialect ?? provider.dialect).pathOf('M', false);
      return [id, (baseUrl ?? '') + (pathRule?.({ path, model: 'M', stream: false }) ?? path)];
    });
    expect(urls).toEqual(asked);
  });
});
