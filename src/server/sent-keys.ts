import type { IncomingMessage } from 'node:http';
import type { DialectId } from '../canonical/dialect-id.ts';
import { errorFaceOf, geminiKeyIn } from './face-of.ts';

/**
 * The keys that a request carries, in any of the headers that clients of the dialects put them in, or in Google's
 * address. Programs send two when two variables are set (`ANTHROPIC_API_KEY` and `ANTHROPIC_AUTH_TOKEN`): the one in
 * the place of the request's own dialect comes first, then those of the other places in their order.
 */
export function sentKeys(request: IncomingMessage): readonly string[] {
  const { headers, url = '' } = request;
  const inPlaces: Readonly<Record<Place, string | null>> = {
    authorization: bearerIn(headers.authorization),
    'x-api-key': textOf(headers['x-api-key']),
    'api-key': textOf(headers['api-key']),
    'x-goog-api-key': textOf(headers['x-goog-api-key']),
    'x-litellm-api-key': withoutScheme(textOf(headers['x-litellm-api-key'])),
    address: geminiKeyIn(url),
  };
  const sent = PLACES.filter((place) => inPlaces[place] !== null);
  const ordered = sent.length < 2 ? sent : withOwnFirst(sent, ownPlaces(request));
  return ordered.flatMap((place) => inPlaces[place] ?? []);
}

const PLACES = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'x-litellm-api-key', 'address'] as const;
type Place = (typeof PLACES)[number];

/** Where clients of a dialect put their key; all others use `Authorization`. */
const OWN_PLACES: ReadonlyMap<DialectId, readonly Place[]> = new Map<DialectId, readonly Place[]>([
  ['anthropic-messages', ['x-api-key']],
  ['gemini', ['x-goog-api-key', 'address']],
]);

function ownPlaces(request: IncomingMessage): readonly Place[] {
  return OWN_PLACES.get(errorFaceOf(request)?.dialect ?? 'openai-chat') ?? [];
}

function withOwnFirst(places: readonly Place[], own: readonly Place[]): readonly Place[] {
  return [...places.filter((place) => own.includes(place)), ...places.filter((place) => !own.includes(place))];
}

function bearerIn(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  const space = authorization.indexOf(' ');
  if (space !== 6 || authorization.slice(0, 6).toLowerCase() !== 'bearer') return null;
  return authorization.slice(7).trim();
}

/** LiteLLM's clients write it as in `Authorization`, or alone. */
function withoutScheme(text: string | null): string | null {
  return text === null ? null : text.replace(/^bearer\s+/i, '');
}

function textOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' ? header.trim() : null;
}
