import type { AnswerEvent, Citation, TokenLogprob } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { sourceOfUrl } from '../data-uri.ts';
import { textOfList } from './thinking-blocks.ts';
import { eventsOfBlock, objectsIn } from './thought-pieces.ts';

/** The `content` of a message or a delta: text, or a list of parts (Mistral, Databricks). */
export function eventsOfContent(content: unknown): readonly AnswerEvent[] {
  if (typeof content === 'string') return textEvent(content);
  return objectsIn(content).flatMap(eventsOfPart);
}

function eventsOfPart(part: JsonObject): readonly AnswerEvent[] {
  switch (part['type']) {
    case 'text':
    case 'output_text':
      return [...textEvent(part['text']), ...eventsOfAnnotations(part['annotations'])];
    case 'thinking':
    case 'redacted_thinking':
      return eventsOfBlock(part);
    case 'reasoning':
      return thoughtEvent(typeof part['text'] === 'string' ? part['text'] : textOfList(part['summary']));
    case 'refusal':
      return refusalEvent(part['refusal']);
    case 'image_url':
      return eventsOfImages([part]);
    default:
      return [];
  }
}

function textEvent(text: unknown): readonly AnswerEvent[] {
  return typeof text === 'string' && text !== '' ? [{ type: 'text', text }] : [];
}

function thoughtEvent(text: string): readonly AnswerEvent[] {
  return text === '' ? [] : [{ type: 'reasoning', text }];
}

export function refusalEvent(text: unknown): readonly AnswerEvent[] {
  return typeof text === 'string' && text !== '' ? [{ type: 'refusal', text }] : [];
}

/** OpenRouter's `images`: parts as in a request, their bytes in a data address. */
export function eventsOfImages(images: unknown): readonly AnswerEvent[] {
  return objectsIn(images).flatMap((image): readonly AnswerEvent[] => {
    const place = image['image_url'];
    const url = isObject(place) ? place['url'] : place;
    const source = typeof url === 'string' ? sourceOfUrl(url) : null;
    if (source?.kind !== 'base64') return [];
    return [{ type: 'image', mediaType: source.mediaType, data: source.data }];
  });
}

/** OpenAI's `annotations`. */
export function eventsOfAnnotations(annotations: unknown): readonly AnswerEvent[] {
  return objectsIn(annotations).flatMap((annotation): readonly AnswerEvent[] => {
    const cited = annotation['url_citation'];
    if (annotation['type'] !== 'url_citation') return [];
    return [{ type: 'citation', citation: citationOf(isObject(cited) ? cited : annotation, annotation) }];
  });
}

/** Perplexity's `search_results`, or its `citations`, which are addresses alone. */
export function eventsOfSources({ search_results: results, citations }: JsonObject): readonly AnswerEvent[] {
  const sources = objectsIn(results);
  const urls: readonly unknown[] = Array.isArray(citations) ? citations : [];
  const found = sources.length > 0 ? sources : urls.flatMap((url) => (typeof url === 'string' ? [{ url }] : []));
  return found.map((source) => ({ type: 'citation', citation: citationOf(source, source) }));
}

function citationOf(cited: JsonObject, raw: JsonObject): Citation {
  const { url, title, content, start_index: start, end_index: end } = cited;
  return {
    url: typeof url === 'string' ? url : null,
    title: typeof title === 'string' ? title : null,
    citedText: typeof content === 'string' ? content : null,
    start: typeof start === 'number' ? start : null,
    end: typeof end === 'number' ? end : null,
    raw: { origin: 'openai-chat', value: raw },
  };
}

export function eventsOfLogprobs(logprobs: unknown): readonly AnswerEvent[] {
  if (!isObject(logprobs)) return [];
  const tokens = objectsIn(logprobs['content']).flatMap((token) => {
    const read = tokenOf(token);
    return read === null
      ? []
      : [{ ...read, top: objectsIn(token['top_logprobs']).flatMap((top) => tokenOf(top) ?? []) }];
  });
  return tokens.length === 0 ? [] : [{ type: 'logprobs', tokens }];
}

function tokenOf({ token, logprob, bytes }: JsonObject): Omit<TokenLogprob, 'top'> | null {
  if (typeof token !== 'string' || typeof logprob !== 'number') return null;
  const isBytes = Array.isArray(bytes) && bytes.every((byte) => typeof byte === 'number');
  return { token, logprob, bytes: isBytes ? bytes : null };
}
