import type { Citation } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';

/** A long answer can have thousands of sources; more than these nobody shows. */
const MAX_CITATIONS = 1_000;

/**
 * The sources of a candidate, from `groundingMetadata` (searches, maps, retrieval) and `citationMetadata` (recited
 * text). `said`: the text that was answered so far. Google counts positions in bytes of UTF-8.
 */
export function citationsOf(metadata: JsonObject, said: string): readonly Citation[] {
  const grounding = objectOf(metadata['groundingMetadata']);
  const recited = objectOf(metadata['citationMetadata']);
  const bytes = Buffer.from(said);
  return [
    ...grounded(objectsOf(grounding['groundingChunks']), objectsOf(grounding['groundingSupports']), bytes),
    // Google AI Studio and Vertex AI name them differently.
    ...objectsOf(recited['citationSources'] ?? recited['citations']).map((source) =>
      citation(source, source, source, bytes),
    ),
  ].slice(0, MAX_CITATIONS);
}

/** Every support with each of its chunks; chunks that support nothing have no position. */
function grounded(chunks: readonly JsonObject[], supports: readonly JsonObject[], bytes: Buffer): readonly Citation[] {
  const used = new Set<number>();
  const placed = supports.flatMap((support) => {
    const indexes = Array.isArray(support['groundingChunkIndices'])
      ? (support['groundingChunkIndices'] as unknown[])
      : [];
    return indexes.flatMap((index) => {
      const chunk = typeof index === 'number' ? chunks[index] : undefined;
      if (typeof index !== 'number' || chunk === undefined) return [];
      used.add(index);
      return [citation(sourceIn(chunk), objectOf(support['segment']), { chunk, support }, bytes)];
    });
  });
  const others = chunks.filter((_, index) => !used.has(index));
  return [...placed, ...others.map((chunk) => citation(sourceIn(chunk), {}, { chunk }, bytes))];
}

/** A chunk has one member, named for where it comes from: `web`, `maps`, `retrievedContext`. */
function sourceIn(chunk: JsonObject): JsonObject {
  return Object.values(chunk).find(isObject) ?? {};
}

function citation(source: JsonObject, segment: JsonObject, value: JsonObject, bytes: Buffer): Citation {
  const end = position(segment['endIndex'], bytes);
  return {
    url: textOf(source['uri']),
    title: textOf(source['title']),
    citedText: textOf(segment['text']),
    // A segment at the very beginning leaves out its 0.
    start: position(segment['startIndex'], bytes) ?? (end === null ? null : 0),
    end,
    raw: { origin: 'gemini', value },
  };
}

function position(offset: unknown, bytes: Buffer): number | null {
  if (typeof offset !== 'number' || !Number.isInteger(offset) || offset < 0) return null;
  return bytes.toString('utf8', 0, offset).length;
}

/** `groundingMetadata` of sources that another provider named. `said`: the answer's text. */
export function groundingOf(citations: readonly Citation[], said: string): JsonObject {
  const chunks: JsonObject[] = [];
  const supports: JsonObject[] = [];
  for (const { url, title, citedText, start, end } of citations) {
    if (url === null && title === null) continue;
    chunks.push({ web: { ...(url === null ? {} : { uri: url }), ...(title === null ? {} : { title }) } });
    if (end === null) continue;
    const text = said.slice(start ?? 0, end);
    const segment = {
      startIndex: Buffer.byteLength(said.slice(0, start ?? 0)),
      endIndex: Buffer.byteLength(said.slice(0, end)),
      text: text === '' ? (citedText ?? '') : text,
    };
    supports.push({ segment, groundingChunkIndices: [chunks.length - 1] });
  }
  return { groundingChunks: chunks, ...(supports.length === 0 ? {} : { groundingSupports: supports }) };
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
