import type { TokenLogprob } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';

/** `logprobsResult`: the tokens that were chosen, and in a list of the same length the likeliest at each place. */
export function decodeLogprobs(result: unknown): readonly TokenLogprob[] {
  if (!isObject(result)) return [];
  const tops = objectsOf(result['topCandidates']);
  return objectsOf(result['chosenCandidates']).flatMap((chosen, index) => {
    const top = objectsOf(tops[index]?.['candidates']).flatMap(tokenOf);
    return tokenOf(chosen).map((token) => ({ ...token, top }));
  });
}

function tokenOf(candidate: JsonObject): readonly { token: string; logprob: number; bytes: null }[] {
  const { token, logProbability } = candidate;
  // 0 is the default of the field's type and may be left out: the token was certain.
  const logprob = typeof logProbability === 'number' ? logProbability : 0;
  return typeof token === 'string' ? [{ token, logprob, bytes: null }] : [];
}

function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];
}

export function encodeLogprobs(tokens: readonly TokenLogprob[]): JsonObject {
  const candidate = ({ token, logprob }: { readonly token: string; readonly logprob: number }): JsonObject => ({
    token,
    logProbability: logprob,
  });
  const chosenCandidates = tokens.map(candidate);
  if (tokens.every(({ top }) => top.length === 0)) return { chosenCandidates };
  return { chosenCandidates, topCandidates: tokens.map(({ top }) => ({ candidates: top.map(candidate) })) };
}
