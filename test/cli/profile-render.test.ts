import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { renderKeys } from '../../src/cli/render/keys.ts';
import { effectOf, renderProfile, renderProfiles } from '../../src/cli/render/profiles.ts';
import type { ProfileEntry, ProfilesDocument } from '../../src/daemon/status.ts';

const terminal = { columns: 80, paint: new Chalk({ level: 0 }) };
const colored = { columns: 80, paint: new Chalk({ level: 1 }) };

const entry = (changes: Partial<ProfileEntry> & Pick<ProfileEntry, 'name'>): ProfileEntry => ({
  built_in: false,
  allow: 'any',
  stand_in: 'none',
  models: [],
  credentials: {},
  cap: null,
  ...changes,
});
const cap = { amount_usd: '50', period: 'month', resets_at: '2026-12-01T12:00:00.000Z' } as const;
const dev = entry({
  name: 'dev',
  built_in: true,
  allow: 'local',
  stand_in: 'auto',
  models: [
    { name: 'gpt-*', targets: ['ollama/qwen3:32b'] },
    { name: 'fast', targets: ['ollama/llama3.2:3b', 'vllm/qwen3'] },
  ],
});
const prod = entry({
  name: 'prod',
  built_in: true,
  credentials: { openai: 'work', groq: 'team' },
  cap: { ...cap, spent_usd: '12.34567' },
});
const spent = entry({
  name: 'spent',
  allow: 'cloud',
  cap: { ...cap, amount_usd: '0.5', spent_usd: '0.5', period: 'day' },
});
const document: ProfilesDocument = {
  v: 1,
  active: 'dev',
  reason: 'a local chat model was found at the first start',
  profiles: [dev, prod, spent, entry({ name: 'blind', cap: { ...cap, spent_usd: null } })],
};

describe('profile list', () => {
  it('marks the active one and shows what is spent of a cap', () => {
    expect(renderProfiles(document, terminal)).toMatchInlineSnapshot(`
      "   PROFILE  ALLOW  STAND-IN  NAMES  CAP
      *  dev      local  auto          2  none                                          built in
         prod     any    none          0  $12.3457 of $50/month                         built in
         spent    cloud  none          0  $0.50 of $0.50/day (reached)
         blind    any    none          0  $50/month (spent: the ledger cannot be read)

      dev is active (a local chat model was found at the first start): only local
      models answer, nothing is spent.
      "
    `);
  });

  it('has colours that say nothing by themselves', () => {
    const text = renderProfiles(document, colored);
    expect(text).toMatchInlineSnapshot(`
      "   [2mPROFILE[22m  [2mALLOW[22m  [2mSTAND-IN[22m  [2mNAMES[22m  [2mCAP[22m
      [32m*[39m  [1mdev[22m      local  auto          2  none                                          [2mbuilt in[22m
         prod     any    none          0  $12.3457 of $50/month                         [2mbuilt in[22m
         spent    cloud  none          0  [31m$0.50 of $0.50/day (reached)[39m
         blind    any    none          0  $50/month (spent: the ledger cannot be read)

      dev is active (a local chat model was found at the first start): only local
      models answer, nothing is spent.
      "
    `);
    // eslint-disable-next-line no-control-regex -- these are taken out
    expect(text.replace(/\u001b\[\d+m/g, '')).toBe(renderProfiles(document, terminal));
  });
});

describe('profile show', () => {
  it('has everything of it', () => {
    expect(renderProfile({ profile: dev, document, folder: null }, terminal)).toMatchInlineSnapshot(`
      "Profile      dev (built in)
      Active       yes (a local chat model was found at the first start)
      Effect       only local models answer, nothing is spent.
      Allow        local: no request leaves this machine and the servers marked as local
      Stand-in     auto: the best fitting local chat model answers for a cloud name
      Names        gpt-*  → ollama/qwen3:32b
                   fast   → ollama/llama3.2:3b, vllm/qwen3
      Keys         the unnamed one of each provider
      Cap          none
      "
    `);
  });

  it('says who chose another for this folder', () => {
    const folder = { name: 'prod', file: '/home/ada/shop/.llmgw.yaml' };
    expect(renderProfile({ profile: prod, document, folder }, colored)).toMatchInlineSnapshot(`
      "Profile      [1mprod[22m (built in)
      Active       no, dev is
      Effect       cloud models answer under their own names and cost money, at most
                   $50 a month.
      Allow        any: local and cloud models
      Stand-in     none: a name is answered by its own model only
      Names        none of its own
      Keys         openai:work, groq:team
      Cap          $12.3457 of $50/month, begins anew on 2026-12-01

      /home/ada/shop/.llmgw.yaml sets this profile for llmgw commands run in this
      folder.
      "
    `);
    expect(renderProfile({ profile: dev, document, folder }, terminal)).toContain(
      '/home/ada/shop/.llmgw.yaml sets prod for llmgw commands run in this folder.',
    );
  });

  it('says that a cap is reached, and that nobody can tell', () => {
    expect(renderProfile({ profile: spent, document, folder: null }, terminal)).toContain(
      'Cap          $0.50 of $0.50/day (reached), begins anew on 2026-12-01\n',
    );
  });

  it('never steers the terminal', () => {
    const hostile = entry({ name: '\u001b[2Jx', models: [{ name: 'a\u0007', targets: ['b\u009b1m'] }] });
    const text = renderProfile({ profile: hostile, document, folder: null }, terminal);
    // eslint-disable-next-line no-control-regex -- these must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('what a profile means', () => {
  it.each([
    [dev, 'only local models answer, nothing is spent.'],
    [entry({ name: 'p' }), 'cloud models answer under their own names and cost money.'],
    [prod, 'cloud models answer under their own names and cost money, at most $50 a month.'],
    [entry({ name: 'c', allow: 'cloud' }), 'only cloud models answer, and cost money.'],
    [
      entry({ name: 'm', stand_in: 'auto' }),
      'cloud models that you have a key for answer and cost money; for others there is a stand-in.',
    ],
  ])('is told in a sentence', (profile, sentence) => {
    expect(effectOf(profile)).toBe(sentence);
  });
});

describe('key list', () => {
  const keys = [
    { id: 'default', profile: null, createdAt: null, problem: null },
    { id: 'ci', profile: 'dev', createdAt: '2026-11-20T10:00:00.000Z', problem: null },
    { id: 'old', profile: 'gone', createdAt: '2026-11-20T10:00:00.000Z', problem: 'refused: there is no such profile' },
  ];
  // The clock of the machine decides how a time is shown.
  const shown = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '2026-11-20 xx:xx:xx');

  it('shows each but the key itself', () => {
    expect(shown(renderKeys(keys, terminal))).toMatchInlineSnapshot(`
      "KEY      PROFILE  CREATED
      default  any      at the first start
      ci       dev      2026-11-20 xx:xx:xx
      old      gone     2026-11-20 xx:xx:xx  refused: there is no such profile
      "
    `);
    expect(shown(renderKeys(keys, colored))).toMatchInlineSnapshot(`
      "[2mKEY[22m      [2mPROFILE[22m  [2mCREATED[22m
      [1mdefault[22m  any      at the first start
      [1mci[22m       dev      2026-11-20 xx:xx:xx
      [1mold[22m      gone     2026-11-20 xx:xx:xx  [31mrefused: there is no such profile[39m
      "
    `);
  });
});
