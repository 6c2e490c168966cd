import type { RouteCandidateEntry, RouteDocument } from '../../daemon/status.ts';
import { groupBlocks, isInOrder } from './route-group.ts';
import { plain, type Terminal } from './terminal.ts';
import { wrap } from './text.ts';

const INDENT = '   ';
const GAP = '  ';
/** Longer names are cut, since prices stand behind them. */
const MAX_TARGET = 40;

/** What would happen to a request, and why: what `llmgw route` prints. */
export function renderRoute(document: RouteDocument, terminal: Terminal): string {
  const { paint, columns } = terminal;
  const heading = `${paint.bold(plain(document.model))} in profile ${plain(document.profile)} (${document.endpoint})`;
  const blocks = [
    [heading, ...wrap(summaryOf(document), columns)],
    ...groupBlocks(document, terminal),
    ...section(
      isInOrder(document) ? 'Tried in this order' : 'One of these is asked first',
      document.candidates.filter(isTaken),
      terminal,
    ),
    ...section(
      'Passed over',
      document.candidates.filter((one) => !isTaken(one)),
      terminal,
    ),
  ];
  if (blocks.length > 1) blocks.push(wrap('Prices are for a million tokens, in and out.', columns));
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function isTaken({ position }: RouteCandidateEntry): boolean {
  return position !== null;
}

function summaryOf({ error, next, candidates, stands_in_for: standsInFor }: RouteDocument): string {
  if (error !== null) {
    const { status, code, message, hint } = error;
    return plain(`Nothing would be sent: ${status} ${code}. ${message}${hint === null ? '' : ` ${hint}`}`);
  }
  if (next === null) return 'A request would wait: all that could answer are at their limits now.';
  const target = plain(next.target);
  const doubt = candidates.find((one) => one.target === next.target)?.doubt ?? null;
  if (doubt !== null) return `${target} would be asked, and may refuse: ${plain(doubt)}.`;
  if (next.fallback !== null) return `${target} would answer, as the fallback ${plain(next.fallback)}.`;
  return standsInFor === null
    ? `${target} would answer.`
    : `${target} would answer in place of the cloud model ${plain(standsInFor)}.`;
}

function section(title: string, entries: readonly RouteCandidateEntry[], terminal: Terminal): string[][] {
  if (entries.length === 0) return [];
  const names = entries.map(({ target }) => cut(plain(target)));
  const prices = entries.map(priceText);
  const widest = Math.max(...names.map((name) => name.length));
  const lines = entries.flatMap((entry, index) => {
    const mark = entry.position === null ? '-' : String(entry.position);
    const name = (names[index] ?? '').padEnd(widest);
    const line = `${mark.padEnd(INDENT.length)}${name}${GAP}${entry.locality}${GAP}${prices[index] ?? ''}`;
    const told = [entry.reason, ...wireText(entry), ...(isTaken(entry) && entry.doubt !== null ? [entry.doubt] : [])];
    const reasons = told.flatMap((text) => wrap(plain(text), terminal.columns - INDENT.length));
    return [line.trimEnd(), ...reasons.map((reason) => `${INDENT}${terminal.paint.dim(reason)}`)];
  });
  return [[terminal.paint.bold(title), ...lines]];
}

function wireText({ wire, position }: RouteCandidateEntry): string[] {
  if (wire === null || position === null) return [];
  return [wire.passes ? `the bytes pass (${wire.dialect})` : `written anew as ${wire.dialect}`];
}

function cut(name: string): string {
  return name.length <= MAX_TARGET ? name : `${name.slice(0, MAX_TARGET - 1)}…`;
}

function priceText({ price, locality }: RouteCandidateEntry): string {
  if (price === null) return 'no known price';
  if (locality === 'local' && price.input_usd === '0' && price.output_usd === '0') return 'free';
  return `$${price.input_usd} / $${price.output_usd}`;
}
