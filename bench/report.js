// From slices to one line per candidate, and from lines to text. Pure: figures in, text out.
import { median } from './median.js';

/** Medians over the rounds for each candidate; `loadedMb` is the most that any slice saw. */
export function summarise(candidates, results, idle) {
  return candidates.map(({ name }) => {
    const own = results.filter((result) => result.candidate === name);
    const inSlice = (slice) => own.filter((result) => result.slice === slice);
    const of = (slice, figure) => median(inSlice(slice).map((result) => result[figure]));
    const memory = own.map((result) => result.memoryMb).filter((value) => typeof value === 'number');
    return {
      name,
      processorUs: of('c32', 'processorUs'),
      processorUsBy: { c1: of('c1', 'processorUs'), c32: of('c32', 'processorUs'), c256: of('c256', 'processorUs') },
      perSecond: { c1: of('c1', 'perSecond'), c32: of('c32', 'perSecond'), c256: of('c256', 'perSecond') },
      p50Ms: of('c1', 'p50Ms'),
      p99Ms: of('c1', 'p99Ms'),
      chunksPerSecond: of('stream', 'perSecond'),
      processorUsPerChunk: of('stream', 'processorUs'),
      firstTokenP50Ms: of('first', 'p50Ms'),
      firstTokenP99Ms: of('first', 'p99Ms'),
      idleMb: idle.get(name) ?? null,
      loadedMb: memory.length === 0 ? null : Math.max(...memory),
      failed: own.reduce((sum, result) => sum + result.failed, 0),
    };
  });
}

const columns = [
  ['candidate', (one) => one.name],
  ['cpu µs/req', (one) => number(one.processorUs, 1)],
  ['req/s c1', (one) => number(one.perSecond.c1)],
  ['c32', (one) => number(one.perSecond.c32)],
  ['c256', (one) => number(one.perSecond.c256)],
  ['p50 ms', (one) => number(one.p50Ms, 3)],
  ['p99 ms', (one) => number(one.p99Ms, 3)],
  ['chunks/s', (one) => number(one.chunksPerSecond)],
  ['cpu µs/chunk', (one) => number(one.processorUsPerChunk, 2)],
  ['first token ms', (one) => number(one.firstTokenP50Ms, 3)],
  ['idle MB', (one) => number(one.idleMb)],
  ['loaded MB', (one) => number(one.loadedMb)],
];

/** The whole report as text, ending with the line that says how the targets stand. */
export function renderReport({ machine, upstream, load, options, summaries, alone, targets, skipped }) {
  const rows = summaries.map((summary) => columns.map(([, read]) => read(summary)));
  const sections = [
    table([columns.map(([title]) => title), ...rows]),
    notes({ machine, upstream, load, options, summaries, skipped }),
    alone === null ? [] : describeAlone(alone),
    describeTargets(targets),
    [verdict(targets)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function notes({ machine, upstream, load, options, summaries, skipped }) {
  const { rounds, seconds } = options;
  const pinning = machine.pinned ? 'gateway pinned to one core, upstream and load to another' : 'not pinned to cores';
  const lines = [
    `Medians of ${rounds} round${rounds === 1 ? '' : 's'} of ${seconds} s slices.`,
    `cpu is at 32 connections, p50 and p99 at 1. Upstream ${upstream}, load ${load}; ${pinning}.`,
    `${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}.`,
  ];
  if (machine.otherCores > 0.1) {
    lines.push(`Other programs took ${machine.otherCores.toFixed(2)} cores meanwhile: take the figures as rough.`);
  }
  for (const { name, failed } of summaries) {
    if (failed > 0) lines.push(`${name}: ${failed} requests failed; its figures are not to be trusted.`);
  }
  for (const { name, reason } of skipped) lines.push(`${name} was left out: ${reason}`);
  return lines;
}

function describeAlone({ memory, commands, starts }) {
  const ends = memory.requests
    .map((count, index) => `${number(memory.residentMb[index])} MB after ${count}`)
    .join(', ');
  const lows = memory.lowestMb.map((low) => number(low)).join(', ');
  const failed = memory.failed > 0 ? `; ${memory.failed} requests failed` : '';
  const { detachedMs, returnedMs, foregroundMs } = starts;
  const { helpMs, spendMs, nodeMs } = commands;
  return [
    `llmgw memory    ${number(memory.idleMb)} MB idle, ${ends} requests; lowest in each part ${lows} MB${failed}`,
    `llmgw start     ${number(detachedMs)} ms to the first answered request, back at the prompt after ` +
      `${number(returnedMs)} ms; with --foreground ${number(foregroundMs)} ms`,
    `llmgw commands  --help ${number(helpMs)} ms, spend ${number(spendMs)} ms; a bare Node ${number(nodeMs)} ms`,
  ];
}

function describeTargets(targets) {
  const marks = { reached: '✓', missed: '✗', 'not measured': '-' };
  const rows = targets.map(({ name, unit, limit, value, state }) => [
    `${marks[state]} ${name}`,
    value === null ? 'n/a' : `${digits(value)} ${unit}`,
    `≤ ${digits(limit)} ${unit}`,
    value === null ? '' : `${number((Math.max(0, value) / limit) * 100)} % of the limit`,
  ]);
  return table([['target', 'measured', 'limit', ''], ...rows]);
}

function verdict(targets) {
  const count = (state) => targets.filter((target) => target.state === state).length;
  const missed = targets.filter((target) => target.state === 'missed').map((target) => target.name);
  const unmeasured = count('not measured');
  const rest = unmeasured === 0 ? '' : ` ${unmeasured} not measured.`;
  if (missed.length === 0) return `${count('reached')} of ${targets.length} targets reached, none missed.${rest}`;
  return `${missed.length} of ${targets.length} targets missed: ${missed.join('; ')}.${rest}`;
}

/** The first column to the left, the others to the right. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]));
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}

function number(value, decimals = 0) {
  return typeof value === 'number' ? value.toFixed(decimals) : 'n/a';
}

/** Three digits that mean something: 0.0714, 1.54, 43.2, 812. */
function digits(value) {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(3)));
}
