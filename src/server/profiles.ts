import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import { nearest } from '../std/nearest.ts';
import type { Caller } from './callers.ts';

/** The profiles that there are now. */
export interface KnownProfiles {
  has(name: string): boolean;
  names(): readonly string[];
}

export const PROFILE_HEADER = 'x-llmgw-profile';

/** The profile of a request's path, where it has one: `/dev/v1/models` is `/v1/models` in `dev`. */
const ofPath = new WeakMap<IncomingMessage, string>();

/**
 * Takes the profile off the front of a request's path and remembers it. Names of profiles are none of the first
 * segments that paths of ours begin with, so that only a name that is known can be meant.
 */
export function takeProfileFromPath(request: IncomingMessage, profiles: KnownProfiles): void {
  const { url = '' } = request;
  const end = url.indexOf('/', 1);
  if (end < 0 || !profiles.has(url.slice(1, end))) return;
  ofPath.set(request, url.slice(1, end));
  request.url = url.slice(end);
}

/**
 * The profile that a request is answered in, by the first that speaks: its key, the header, the path; `null`: the
 * active one. Throws 403 when the key is bound and another is asked for, or its own is no more; 404 for one that is not
 * there.
 */
export function profileOf(request: IncomingMessage, caller: Caller, profiles: KnownProfiles): string | null {
  const asked = askedFor(request);
  const { boundTo } = caller;
  if (boundTo !== null) {
    if (!profiles.has(boundTo)) throw refused(`The key is bound to the profile \`${boundTo}\`, which is no more.`);
    if (asked !== null && asked !== boundTo) throw refused(`The key is bound to the profile \`${boundTo}\`.`);
    return boundTo;
  }
  if (asked !== null && !profiles.has(asked)) throw unknownProfile(asked, profiles);
  return asked;
}

export function unknownProfile(name: string, profiles: KnownProfiles): GatewayError {
  const known = profiles.names();
  const [close] = nearest(name, known, 1);
  const suggestion = close === undefined ? '' : ` Did you mean \`${close}\`?`;
  const shown = JSON.stringify(name.slice(0, 100));
  return new GatewayError(
    'profile_not_found',
    `There is no profile ${shown}. Known: ${known.join(', ')}.${suggestion}`,
  );
}

function askedFor(request: IncomingMessage): string | null {
  const header = request.headers[PROFILE_HEADER];
  const named = typeof header === 'string' ? header.trim() : '';
  return named === '' ? (ofPath.get(request) ?? null) : named;
}

function refused(message: string): GatewayError {
  return new GatewayError('profile_not_allowed', message);
}
