import { formatUsd } from '../../canonical/money.ts';
import type { SpendReport, SpendRow, SpendSums } from '../../ledger/questions/spend.ts';

/** The documented form, version 1. Amounts are texts: exact decimals, which a number of JSON need not stay. */
export function spendAsJson(report: SpendReport): string {
  const { by, from, to } = report.query;
  const document = {
    v: 1,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    by,
    rows: report.rows.map((row) => ({ [by]: row.value, demo: row.demo, ...sums(row) })),
    total: sums(report.total),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** RFC 4180 with a header line, one line per row, no totals: those are for whoever reads it to add up. */
export function spendAsCsv(report: SpendReport): string {
  const columns = Object.keys(sums(report.total));
  const lines = [[report.query.by, 'demo', ...columns], ...report.rows.map(csvRow)];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function csvRow(row: SpendRow): string[] {
  const values = Object.values(sums(row)).map((value) => (value === null ? '' : String(value)));
  return [row.value ?? '', String(row.demo), ...values];
}

function sums(of: SpendSums): Record<string, number | string | null> {
  return {
    requests: of.requests,
    attempts: of.attempts,
    failed: of.failed,
    input_tokens: of.inputTokens,
    output_tokens: of.outputTokens,
    cache_read_tokens: of.cacheReadTokens,
    cache_write_tokens: of.cacheWriteTokens,
    reasoning_tokens: of.reasoningTokens,
    local_tokens: of.localTokens,
    cost_usd: of.cost === null ? null : formatUsd(of.cost),
    saved_usd: formatUsd(of.saved),
    unpriced: of.unpriced,
    estimated: of.estimated,
  };
}

/** A client chooses the names in it; one that begins like a formula would be run by a spreadsheet. */
function csvCell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
