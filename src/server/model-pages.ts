import { GatewayError } from '../canonical/errors.ts';

/** As many as the vendors give at most; a client that asks for more gets these (Anthropic's reference, Google's). */
const MAX_PAGE = 1000;

/** A part of a list. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** There is more in the direction in which the client goes. */
  readonly hasMore: boolean;
}

interface Named {
  readonly name: string;
}

/**
 * Anthropic's paging (`limit`, and `after_id` or `before_id`, the id of a model). Who asks for no limit gets the rest
 * at once: clients there are that look at the first page only. Throws a `GatewayError` (400) that names the parameter.
 */
export function pageById<Entry extends Named>(models: readonly Entry[], query: URLSearchParams): Page<Entry> {
  const size = sizeIn(query, 'limit');
  const before = query.get('before_id');
  if (before !== null && before !== '') {
    const end = placeOf(models, before, 'before_id');
    return { entries: models.slice(Math.max(0, end - size), end), hasMore: end > size };
  }
  const after = query.get('after_id');
  const from = after === null || after === '' ? 0 : placeOf(models, after, 'after_id') + 1;
  return { entries: models.slice(from, from + size), hasMore: from + size < models.length };
}

/** The same in Google's way: `pageSize`, and a `pageToken` of which the client knows nothing. */
export function pageByToken<Entry extends Named>(
  models: readonly Entry[],
  query: URLSearchParams,
): Page<Entry> & { readonly nextPageToken: string | null } {
  const size = sizeIn(query, 'pageSize');
  const token = query.get('pageToken') ?? '';
  const from = token === '' ? 0 : placeOf(models, Buffer.from(token, 'base64url').toString('utf8'), 'pageToken') + 1;
  const entries = models.slice(from, from + size);
  const hasMore = from + size < models.length;
  const last = entries.at(-1)?.name;
  const nextPageToken = hasMore && last !== undefined ? Buffer.from(last).toString('base64url') : null;
  return { entries, hasMore, nextPageToken };
}

function sizeIn(query: URLSearchParams, parameter: string): number {
  const asked = query.get(parameter);
  // 0 is what is not set at Google.
  if (asked === null || asked === '' || (asked === '0' && parameter === 'pageSize')) return Infinity;
  if (!/^\d{1,9}$/.test(asked) || Number(asked) < 1) throw invalid(parameter, 'must be a whole number from 1');
  return Math.min(Number(asked), MAX_PAGE);
}

/** Lists change: who goes on behind a model that is no more must begin anew, or models would be missing. */
function placeOf(models: readonly Named[], name: string, parameter: string): number {
  const place = models.findIndex((model) => model.name === name);
  if (place < 0) throw invalid(parameter, 'is no place in the list of models (any more)');
  return place;
}

function invalid(parameter: string, problem: string): GatewayError {
  return new GatewayError('invalid_body', `\`${parameter}\` ${problem}.`, { param: parameter });
}
