import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asYaml, effectiveConfig } from '../../src/config/effective.ts';
import { parseSettings } from '../../src/config/parse.ts';
import type { Settings } from '../../src/config/settings.ts';
import { STARTER_CONFIG } from '../../src/config/starter.ts';

const SENTINEL = 'S3NT1NEL';
const ENV = { KEY: `${SENTINEL}-from-env`, CORP_KEY: SENTINEL, HOST: 'llm.example.com' };

const load = (text: string): Settings => parseSettings({ file: 'f', text, readableByOthers: false }, ENV).settings;
const show = (text: string): string => asYaml(effectiveConfig(load(text), text));

const keys = (written: string): string => `providers: {openai: {api_key: ${written}}}`;

describe('what a config amounts to', () => {
  it.each([
    ['${KEY}', 'api_key: ${KEY}'],
    ['"${KEY}"', 'api_key: ${KEY}'],
    [`"\${KEY:-${SENTINEL}}"`, 'api_key: ${KEY}'],
    [`"\${UNSET:-${SENTINEL}}"`, 'api_key: ${UNSET}'],
    [SENTINEL, 'api_key: "[secret]"'],
    [`"sk-\${KEY}"`, 'api_key: "[secret]"'],
    [`"$$${SENTINEL}"`, 'api_key: "[secret]"'],
    ['keychain:openai:work', 'api_key: keychain:openai:work'],
  ])('shows a key that is written %s without its text', (written, expected) => {
    const text = written.startsWith('$') ? `providers:\n  openai:\n    api_key: ${written}\n` : keys(written);
    expect(show(text)).toContain(expected);
    expect(show(text)).not.toContain(SENTINEL);
  });

  it('shows the keys of servers, merged ones too', () => {
    const shown = show(`servers:
  - &a {name: a, base_url: "http://127.0.0.1:1", api_key: "\${KEY}"}
  - {<<: *a, name: b}
  - {<<: *a, name: c, api_key: ${SENTINEL}}`);
    expect(shown.match(/api_key: .*/g)).toEqual(['api_key: ${KEY}', 'api_key: ${KEY}', 'api_key: "[secret]"']);
    expect(shown).not.toContain(SENTINEL);
  });

  it.each([
    ['', 'nothing'],
    [STARTER_CONFIG.replace(/^#(?=[a-z]| {2})/gm, ''), 'every example'],
    ['server: {host: "${HOST}"}\nprofile: prod', 'a reference'],
    ['models: {a: "$${HOST}", b: ["$$$${X}", "$", "$$x$$"], "*": "x/*", null: "true", 42: "43"}', 'odd names'],
    ['profiles: {p: {cap: 0.000000000001/day, stand_in: x/y, credentials: {openai: "1"}}}', 'a profile'],
    ['timeouts: {connect: 1500ms, total: 1d}\nserver: {max_request: 1MiB, max_answer: 1001}', 'units'],
    ['responses: {store: off, keep: 1h30m, max_size: 1500KB}', 'a store'],
    ['ollama: {port: 11436}\ndrop_params: false', 'a second port, and nothing that is dropped'],
    ['prompt_caching: off', 'no marks'],
  ])('is read back as the same settings (%#: %s)', (text) => {
    const shown = show(text);
    expect(withoutKeys(load(shown))).toEqual(withoutKeys(load(text)));
    expect(show(shown)).toBe(shown);
  });

  it('is read back as the same settings, whatever the names of models', () => {
    const name = fc.stringMatching(/^[!-)+-~]{1,12}$/).filter((text) => !/^llmgw\/|__proto__/.test(text));
    fc.assert(
      fc.property(name, fc.uniqueArray(name, { minLength: 1, maxLength: 3 }), (key, targets) => {
        fc.pre(!targets.includes(key));
        const settings: Settings = { ...load(''), models: [{ name: key, targets }] };
        expect(load(asYaml(effectiveConfig(settings, null))).models).toEqual(settings.models);
      }),
    );
  });
});

/** A key that is not shown cannot be read back. */
function withoutKeys(settings: Settings): unknown {
  const { servers, providers, ...rest } = settings;
  return { ...rest, servers: servers.map(without), providers: providers.map(without) };
}

function without({ apiKey, ...rest }: { readonly apiKey: unknown }): unknown {
  return { ...rest, hasKey: apiKey !== null };
}
