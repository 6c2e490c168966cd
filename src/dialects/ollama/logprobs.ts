import { isObject } from '../../std/is-object.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import type { TokenLogprob } from '../../canonical/answer.ts';

/** `logprobs` of a line (`Logprob` in `api/types.go`). What cannot be read is left out. */
export function decodeLogprobs(value: unknown): readonly TokenLogprob[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((entry) => {
    const token = tokenOf(entry);
    if (token === null || !isObject(entry)) return [];
    const top: unknown = entry['top_logprobs'];
    const others = Array.isArray(top) ? (top as unknown[]) : [];
    return [{ ...token, top: others.flatMap((other) => tokenOf(other) ?? []) }];
  });
}

export function encodeLogprobs(tokens: readonly TokenLogprob[]): readonly JsonObject[] {
  return tokens.map(({ top, ...token }) => ({
    ...encodeToken(token),
    ...(top.length === 0 ? {} : { top_logprobs: top.map(encodeToken) }),
  }));
}

type Token = Omit<TokenLogprob, 'top'>;

function encodeToken({ token, logprob, bytes }: Token): JsonObject {
  return { token, logprob, ...(bytes === null ? {} : { bytes }) };
}

function tokenOf(value: unknown): Token | null {
  if (!isObject(value)) return null;
  const { token, logprob, bytes } = value;
  if (typeof token !== 'string' || typeof logprob !== 'number') return null;
  return { token, logprob, bytes: isBytes(bytes) ? bytes : null };
}

function isBytes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((byte) => typeof byte === 'number');
}
