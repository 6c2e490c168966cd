import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/canonical/money.ts';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import { openingOf, recordingLogger, settlementOf } from '../ledger/attempts.ts';

const BIN = fileURLToPath(new URL('../../bin/llmgw.js', import.meta.url));
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'llmgw-spend-'));
  const { logger } = recordingLogger();
  const ledger = openSqliteLedger({ path: join(home, 'data', 'ledger.sqlite'), logger });
  const exchange = (target: string, cost: number | null, changes: { demo?: boolean; key?: string } = {}): void => {
    const opening = openingOf({
      target,
      provider: target.split('/')[0] ?? null,
      openedAt: Date.now() - 1_000,
      demo: changes.demo ?? false,
      keyId: changes.key ?? 'key_1',
    });
    ledger.open(opening, () => undefined);
    ledger.settle(
      settlementOf(opening, {
        settledAt: Date.now(),
        costPico: cost === null ? null : picoUsd(cost),
        unpriced: cost === null,
        usage: { ...UNKNOWN_USAGE, inputTokens: 1_000, outputTokens: 10 },
      }),
    );
  };
  exchange('openai/gpt-4o-mini', 150_375_000_001);
  exchange('openai/gpt-4o-mini', 7, { key: 'key_2' });
  exchange('groq/new', null);
  exchange('demo/echo', 5, { demo: true });
  await ledger.close();
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

function spend(args: readonly string[], env: Record<string, string> = {}) {
  const result = spawnSync(process.execPath, [BIN, 'spend', ...args], {
    encoding: 'utf8',
    env: { ...process.env, LLMGW_HOME: home, TZ: 'Asia/Kathmandu', ...env },
  });
  return { code: result.status, out: result.stdout, error: result.stderr };
}

describe('llmgw spend', () => {
  it('prints a table without colours to a pipe, the daemon stopped', () => {
    const { code, out, error } = spend([]);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toMatch(/^Spend by model, /);
    expect(out).toMatch(/gpt-4o-mini +█+ +2 +2,000 +20 +\$0\.1504\n/);
    expect(out).toMatch(/new +1 +1,000 +10 +unpriced +1 unpriced\n/);
    expect(out).toMatch(/TOTAL +3 +3,000 +30 +\$0\.1504 +1 unpriced\n/);
    expect(out).toContain('1 demo request left out');
    expect(out).not.toContain('\u001b');
  });

  it('gives JSON whose amounts are exact', () => {
    const { out } = spend(['--json', '--by', 'key', '--since', 'today']);
    const document = JSON.parse(out) as { rows: object[]; total: object; from: string };
    expect(Object.keys(document)).toEqual(['v', 'from', 'to', 'by', 'rows', 'total']);
    // Midnight in Kathmandu.
    expect(document.from).toMatch(/T18:15:00\.000Z$/);
    expect(document).toMatchObject({
      v: 1,
      by: 'key',
      rows: [
        { key: 'key_1', requests: 2, input_tokens: 2_000, output_tokens: 20, cost_usd: '0.150375000001', unpriced: 1 },
        { key: 'key_2', requests: 1, input_tokens: 1_000, output_tokens: 10, cost_usd: '0.000000000007', unpriced: 0 },
      ],
      total: { requests: 3, cost_usd: '0.150375000008' },
    });
  });

  it('counts demo requests when it is asked to, and marks them', () => {
    const { out } = spend(['--demo', '--csv', '--by', 'provider']);
    expect(out.split('\r\n').map((line) => line.split(',').slice(0, 3).join(','))).toEqual([
      'provider,demo,requests',
      'openai,false,2',
      'demo,true,1',
      'groq,false,1',
      '',
    ]);
  });

  it.each([
    [['--by', 'colour'], 'Allowed choices are model, provider, profile, key, client, day, hour.'],
    [['--since', 'soon'], '`soon` is none of: today, yesterday, month'],
    [['--until', '2026-02-30'], '`2026-02-30` is none of: today'],
    [['--json', '--csv'], "'--json' cannot be used with option '--csv'"],
    [['--since', '2026-01-10', '--until', '2026-01-09'], '`--since` must be before `--until`.'],
  ])('says what can be written instead of %j, and ends with 2', (args, sentence) => {
    const { code, out, error } = spend(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain(sentence);
  });

  it('has a friendly word when nothing was recorded yet', () => {
    const { code, out } = spend([], { LLMGW_HOME: join(home, 'elsewhere') });
    expect(code).toBe(0);
    expect(out).toMatch(/^Nothing was recorded from .* Send a request through llmgw and ask again/);
  });

  it('says of a damaged file what happens with it, in a sentence', () => {
    const damaged = join(home, 'damaged');
    mkdirSync(join(damaged, 'data'), { recursive: true });
    writeFileSync(join(damaged, 'data', 'ledger.sqlite'), Buffer.alloc(9_000, 'x'));
    const { code, error } = spend([], { LLMGW_HOME: damaged });
    expect(code).toBe(6);
    expect(error).toMatch(
      /^llmgw: The ledger .* is damaged; the next start of the daemon keeps it aside and begins a new one\.\n$/,
    );
  });
});
