import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { bar, sparkline } from '../../src/cli/render/bar.ts';
import { readableCount, readableUsd } from '../../src/cli/render/money.ts';
import { spendAsCsv, spendAsJson } from '../../src/cli/render/spend-export.ts';
import { renderSpend } from '../../src/cli/render/spend.ts';
import type { SpendReport, SpendRow } from '../../src/ledger/questions/spend.ts';

const NONE = {
  requests: 0,
  attempts: 0,
  failed: 0,
  estimated: 0,
  unpriced: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  localTokens: 0,
  cost: 0n,
  saved: 0n,
};
const row = (value: string | null, changes: Partial<SpendRow>): SpendRow => ({
  ...NONE,
  value,
  demo: false,
  ...changes,
});

const QUERY = { from: Date.UTC(2026, 0, 8, 23), to: Date.UTC(2026, 0, 15, 9, 30), includeDemo: false } as const;

const BY_MODEL: SpendReport = {
  query: { ...QUERY, by: 'model' },
  rows: [
    row('gpt-4o', {
      requests: 120,
      attempts: 123,
      failed: 2,
      inputTokens: 1_234_567,
      outputTokens: 98_765,
      cost: 4_074_067_500_000n,
    }),
    row('a-model-with-a-name-that-is-far-too-long', {
      requests: 3,
      attempts: 3,
      inputTokens: 90,
      outputTokens: 12,
      cost: 41n,
      estimated: 2,
    }),
    row('qwen3:8b', {
      requests: 45,
      attempts: 45,
      inputTokens: 65_000,
      outputTokens: 8_000,
      localTokens: 73_000,
      saved: 242_500_000_000n,
    }),
    row('new-model', { requests: 3, attempts: 3, inputTokens: 900, outputTokens: 100, cost: null, unpriced: 3 }),
    row(null, { requests: 1, failed: 1 }),
  ],
  total: {
    ...NONE,
    requests: 172,
    attempts: 174,
    failed: 3,
    estimated: 2,
    unpriced: 3,
    inputTokens: 1_300_557,
    outputTokens: 106_877,
    localTokens: 73_000,
    cost: 4_074_067_500_041n,
    saved: 242_500_000_000n,
  },
  buckets: [],
  demoLeftOut: 4,
};

const BY_DAY: SpendReport = {
  query: { ...QUERY, by: 'day' },
  rows: [
    row('2026-01-10', { requests: 10, attempts: 10, inputTokens: 1_000, outputTokens: 200, cost: 1_500_000_000n }),
    row('2026-01-13', { requests: 40, attempts: 40, inputTokens: 4_000, outputTokens: 800, cost: 6_000_000_000n }),
  ],
  total: { ...NONE, requests: 50, attempts: 50, inputTokens: 5_000, outputTokens: 1_000, cost: 7_500_000_000n },
  buckets: ['2026-01-09', '2026-01-10', '2026-01-11', '2026-01-12', '2026-01-13', '2026-01-14', '2026-01-15'],
  demoLeftOut: 0,
};

function render(report: SpendReport, columns: number | null, level: 0 | 1 = 0): string {
  return renderSpend(report, { columns, paint: new Chalk({ level }), timeZone: 'Europe/Berlin' });
}

describe('the table', () => {
  it('fits 80 columns', () => {
    expect(render(BY_MODEL, 80)).toMatchInlineSnapshot(`
      "Spend by model, 2026-01-09 00:00 to 2026-01-15 10:30

      MODEL                                REQUESTS   INPUT  OUTPUT      COST    SAVED
      gpt-4o                        █████       120   1.23M  98,765   $4.0741
      a-model-with-a-name-that-is…  ▏             3      90      12  <$0.0001
      qwen3:8b                                   45  65,000   8,000        $0  $0.2425
      new-model                                   3     900     100  unpriced
      (no model)                                  1       0       0        $0
      TOTAL                                     172   1.30M    107k   $4.0741  $0.2425

      Amounts are rounded to four decimals, two from $100 on; --json and --csv have
      them exactly.
      SAVED: what local tokens would have cost on the models that were stood in for.
      3 attempts without a known price: not in the cost.
      ≈ 2 attempts whose tokens were counted here, since the upstream told none.
      4 demo requests left out: --demo counts them.
      "
    `);
  });

  it('is coloured on a screen, and the same text', () => {
    const coloured = render(BY_MODEL, 80, 1);
    // eslint-disable-next-line no-control-regex -- the colours are what is taken out
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(render(BY_MODEL, 80));
    expect(coloured.split('\n').slice(0, 5)).toMatchInlineSnapshot(`
      [
        "[1mSpend by model, 2026-01-09 00:00 to 2026-01-15 10:30[22m",
        "",
        "[2mMODEL[22m                                [2mREQUESTS[22m   [2mINPUT[22m  [2mOUTPUT[22m      [2mCOST[22m    [2mSAVED[22m",
        "gpt-4o                        [36m█████[39m       120   1.23M  98,765   $4.0741",
        "a-model-with-a-name-that-is…  [36m▏[39m             3      90      12  <$0.0001",
      ]
    `);
  });

  it('leaves out columns on a narrow screen, and cuts names last', () => {
    expect(render(BY_MODEL, 40)).toMatchInlineSnapshot(`
      "Spend by model, 2026-01-09 00:00 to
      2026-01-15 10:30

      MODEL                 REQUESTS      COST
      gpt-4o                     120   $4.0741
      a-model-with-a-name…         3  <$0.0001
      qwen3:8b                    45        $0
      new-model                    3  unpriced
      (no model)                   1        $0
      TOTAL                      172   $4.0741

      Amounts are rounded to four decimals,
      two from $100 on; --json and --csv have
      them exactly.
      SAVED: what local tokens would have cost
      on the models that were stood in for.
      3 attempts without a known price: not in
      the cost.
      ≈ 2 attempts whose tokens were counted
      here, since the upstream told none.
      4 demo requests left out: --demo counts
      them.
      "
    `);
  });

  it.each([40, 50, 60, 70, 80, 100, 132])('is never wider than a screen of %d columns', (columns) => {
    for (const report of [BY_MODEL, BY_DAY]) {
      for (const line of render(report, columns).split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  it('cuts nothing in a pipe', () => {
    expect(render(BY_MODEL, null)).toContain('a-model-with-a-name-that-is-far-too-long');
  });

  it('shows days with a line over all of them', () => {
    expect(render(BY_DAY, 80)).toMatchInlineSnapshot(`
      "Spend by day, 2026-01-09 00:00 to 2026-01-15 10:30

      ·▂··█··

      DAY                               REQUESTS  INPUT  OUTPUT     COST
      2026-01-10  █████                       10  1,000     200  $0.0015
      2026-01-13  ████████████████████        40  4,000     800  $0.0060
      TOTAL                                   50  5,000   1,000  $0.0075

      Amounts are rounded to four decimals, two from $100 on; --json and --csv have
      them exactly.
      "
    `);
  });

  it('says so when there is nothing', () => {
    const empty = { ...BY_MODEL, rows: [], total: NONE, demoLeftOut: 0 };
    expect(render(empty, 80)).toBe(
      'Nothing was recorded from 2026-01-09 00:00 to 2026-01-15 10:30. ' +
        'Send a request through llmgw and ask again; `--since all` looks further back.\n',
    );
    expect(render({ ...empty, demoLeftOut: 1 }, 80)).toMatch(
      /^Only the demo model was used .*: 1 request\. `llmgw spend --demo`/,
    );
  });

  it('marks demo rows, and lets no name steer the terminal', () => {
    const report = { ...BY_MODEL, rows: [row('evil\u001b[2J', { demo: true, requests: 1 })] };
    expect(render(report, 80)).toContain('evil[2J (demo)');
    expect(render(report, 80)).not.toContain('\u001b');
  });
});

describe('amounts for reading', () => {
  it.each([
    [0n, '$0'],
    [1n, '<$0.0001'],
    [99_999_999n, '<$0.0001'],
    [100_000_000n, '$0.0001'],
    [150_000_000n, '$0.0002'],
    [1_234_567_890_000n, '$1.2346'],
    [99_999_999_999_999n, '$100.0000'],
    [100_000_000_000_000n, '$100.00'],
    [1_234_567_891_000_000_000n, '$1,234,567.89'],
    [-5_000_000_000_000n, '-$5.0000'],
  ])('%d is %s', (pico, text) => {
    expect(readableUsd(pico)).toBe(text);
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [99_999, '99,999'],
    [100_000, '100k'],
    [999_499, '999k'],
    [999_500, '1.00M'],
    [1_234_567, '1.23M'],
    [45_600_000, '45.6M'],
    [1_234_000_000, '1.23G'],
  ])('%d is %s', (count, text) => {
    expect(readableCount(count)).toBe(text);
  });
});

describe('bars', () => {
  it.each([
    [10, 10, 4, '████'],
    [5, 10, 4, '██'],
    [1, 16, 4, '▎'],
    [1, 1e9, 4, '▏'],
    [0, 10, 4, ''],
    [3, 0, 4, ''],
    [20, 10, 4, '████'],
  ])('%d of %d in %d characters', (part, whole, width, text) => {
    expect(bar(part, whole, width)).toBe(text);
  });

  it('put neighbours together where there are too many', () => {
    expect(sparkline([0, 1, 8, 4], 10)).toBe('·▁█▄');
    expect(sparkline([1, 1, 0, 0, 4, 4], 3)).toBe('▂·█');
    expect(
      sparkline(
        Array.from({ length: 100 }, () => 1),
        30,
      ),
    ).toHaveLength(25);
  });
});

describe('the exact forms', () => {
  it('is JSON of version 1 with amounts as exact decimals', () => {
    const document = JSON.parse(spendAsJson(BY_MODEL)) as { rows: unknown[]; total: unknown };
    expect(document).toMatchObject({
      v: 1,
      from: '2026-01-08T23:00:00.000Z',
      to: '2026-01-15T09:30:00.000Z',
      by: 'model',
      total: {
        requests: 172,
        input_tokens: 1_300_557,
        output_tokens: 106_877,
        cost_usd: '4.074067500041',
        saved_usd: '0.2425',
      },
    });
    expect(document.rows[1]).toEqual({
      model: 'a-model-with-a-name-that-is-far-too-long',
      demo: false,
      requests: 3,
      attempts: 3,
      failed: 0,
      input_tokens: 90,
      output_tokens: 12,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      reasoning_tokens: 0,
      local_tokens: 0,
      cost_usd: '0.000000000041',
      saved_usd: '0',
      unpriced: 0,
      estimated: 2,
    });
    expect(document.rows[3]).toMatchObject({ model: 'new-model', cost_usd: null, unpriced: 3 });
    expect(document.rows[4]).toMatchObject({ model: null });
  });

  it('is CSV that a spreadsheet reads as text and runs nothing of', () => {
    const names = ['=HYPERLINK("x")', '+1', '@sum', 'a,b', 'line\nbreak', 'plain'];
    const report = { ...BY_MODEL, rows: names.map((name) => row(name, {})) };
    const lines = spendAsCsv(report).split('\r\n');
    expect(lines[0]).toBe(
      'model,demo,requests,attempts,failed,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,reasoning_tokens,' +
        'local_tokens,cost_usd,saved_usd,unpriced,estimated',
    );
    expect(lines.slice(1, -1).map((line) => line.replace(',false,0,0,0,0,0,0,0,0,0,0,0,0,0', ''))).toEqual([
      `"'=HYPERLINK(""x"")"`,
      `'+1`,
      `'@sum`,
      '"a,b"',
      '"line\nbreak"',
      'plain',
    ]);
    expect(lines.at(-1)).toBe('');
  });
});
