import type { Target } from '../canonical/target.ts';
import type { Conversation } from './conversation.ts';

/** Names that clients give their key, which is one of ours, and the version of an address, which is not theirs. */
const NEVER_PASSED: ReadonlySet<string> = new Set([
  'key',
  'api_key',
  'api-key',
  'access_token',
  'token',
  'api-version',
]);

/**
 * A path with what the client wrote behind its own (`/v1/messages?beta=true`), for a request whose bytes pass. Not
 * where a provider has paths of its own (Anthropic's SDK for Vertex AI leaves out `?beta=true` too), and nothing of
 * Google's: what may stand there is for choosing another form of the answer, or who is billed.
 */
export function withPassedQuery(path: string, { face, query }: Conversation, { via }: Target): string {
  if (query === '' || face.dialect === 'gemini') return path;
  if (via.kind !== 'network' || via.endpoint.pathRule !== null) return path;
  const passed = [...new URLSearchParams(query)].filter(([name]) => !NEVER_PASSED.has(name.toLowerCase()));
  return passed.length === 0 ? path : `${path}?${new URLSearchParams(passed).toString()}`;
}
