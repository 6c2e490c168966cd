import type { ResponseOutputText } from 'openai/resources/responses/responses';
import type { Citation, TokenLogprob } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';

type Annotation = ResponseOutputText['annotations'][number];

/** What stands beside a text: where it is taken from. xAI names neither title nor place. */
export function decodeAnnotation(annotation: unknown): Citation | null {
  if (!isObject(annotation)) return null;
  const { url, title, filename, start_index: start, end_index: end } = annotation;
  return {
    url: typeof url === 'string' ? url : null,
    title: typeof title === 'string' ? title : typeof filename === 'string' ? filename : null,
    citedText: null,
    start: typeof start === 'number' ? start : null,
    end: typeof end === 'number' ? end : null,
    raw: { origin: 'openai-responses', value: annotation },
  };
}

/** A citation as an annotation; `null`: it is of a document that OpenAI's clients have no way to name. */
export function encodeAnnotation(citation: Citation, textLength: number): Annotation | JsonObject | null {
  const { url, title, start, end, raw } = citation;
  if (raw.origin === 'openai-responses') return raw.value;
  if (url === null) return null;
  return { type: 'url_citation', url, title: title ?? url, start_index: start ?? 0, end_index: end ?? textLength };
}

/** The log probabilities of a text's tokens; what is none is left out. */
export function decodeLogprobs(list: unknown): readonly TokenLogprob[] {
  if (!Array.isArray(list)) return [];
  return (list as unknown[]).flatMap((entry) => {
    const token = tokenOf(entry);
    if (token === null || !isObject(entry)) return [];
    const top = Array.isArray(entry['top_logprobs']) ? (entry['top_logprobs'] as unknown[]) : [];
    return [{ ...token, top: top.flatMap((other) => tokenOf(other) ?? []) }];
  });
}

function tokenOf(entry: unknown): Omit<TokenLogprob, 'top'> | null {
  if (!isObject(entry)) return null;
  const { token, logprob, bytes } = entry;
  if (typeof token !== 'string' || typeof logprob !== 'number') return null;
  const isBytes = Array.isArray(bytes) && bytes.every((byte) => typeof byte === 'number');
  return { token, logprob, bytes: isBytes ? bytes : null };
}

export function encodeLogprobs(tokens: readonly TokenLogprob[]): ResponseOutputText.Logprob[] {
  return tokens.map(({ token, logprob, bytes, top }) => ({
    token,
    logprob,
    bytes: [...(bytes ?? [])],
    top_logprobs: top.map((other) => ({ token: other.token, logprob: other.logprob, bytes: [...(other.bytes ?? [])] })),
  }));
}
