import { distance } from 'fastest-levenshtein';

/** Longer names are no typos of anything. */
const MAX_NAME_LENGTH = 256;
/** A shorter part is in half of all names by chance. */
const MIN_PART_LENGTH = 3;

/**
 * The candidates that somebody who wrote `name` may have meant, the likeliest first, at most `limit` of them.
 * Case is ignored. Near are a few wrong letters (more in a longer name), the same of what follows the last slash,
 * and names of which one is part of the other.
 */
export function nearest(name: string, candidates: Iterable<string>, limit: number): string[] {
  const wanted = name.toLowerCase();
  if (wanted === '' || wanted.length > MAX_NAME_LENGTH) return [];
  const found: { candidate: string; score: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const score = scoreOf(wanted, candidate.toLowerCase());
    if (score !== null) found.push({ candidate, score });
  }
  // The sort is stable: what is equally near stays in the order of the candidates.
  return found
    .sort((one, other) => one.score - other.score)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** The lower the nearer; `null`: not near. Wrong letters come before the last segment's, these before parts. */
function scoreOf(wanted: string, candidate: string): number | null {
  const cut = allowedEdits(wanted.length);
  const whole = editsWithin(wanted, candidate, cut);
  if (whole !== null) return whole;
  const lastSegment = candidate.slice(candidate.lastIndexOf('/') + 1);
  const segment = lastSegment === candidate ? null : editsWithin(wanted, lastSegment, cut);
  if (segment !== null) return segment + 0.5;
  if (!isPart(wanted, candidate) && !isPart(candidate, wanted)) return null;
  return cut + 1 + Math.abs(candidate.length - wanted.length) / MAX_NAME_LENGTH;
}

/** In words of up to five letters two may be wrong and half must be right; later about a third may be wrong. */
function allowedEdits(length: number): number {
  return Math.max(1, Math.min(Math.floor(length / 2), Math.ceil(length / 3), 6));
}

function editsWithin(one: string, other: string, cut: number): number | null {
  if (Math.abs(one.length - other.length) > cut) return null;
  const edits = isSwap(one, other) ? 1 : distance(one, other);
  return edits <= cut && edits < one.length ? edits : null;
}

/** Two neighbouring letters in the wrong order: one slip of the fingers, not two. */
function isSwap(one: string, other: string): boolean {
  if (one.length !== other.length || one === other) return false;
  let at = 0;
  while (one[at] === other[at]) at++;
  const swapped = `${one.slice(0, at)}${one[at + 1] ?? ''}${one[at] ?? ''}${one.slice(at + 2)}`;
  return swapped === other;
}

function isPart(part: string, whole: string): boolean {
  return part.length >= MIN_PART_LENGTH && whole.includes(part);
}
