import { keyText, skipSpace, visitMembers } from '../std/json-members.ts';
import type { RequestHead } from './request-head.ts';

const OPEN_BRACE = 0x7b;

/** One replacement in a body: the bytes from `start` to `end` become `text`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface EncodeOptions {
  /** The id that the upstream knows the model by. */
  readonly model: string;
  /** Whether `stream_options.include_usage` is a field of the endpoint, and the upstream takes it. */
  readonly takesStreamUsage: boolean;
}

/**
 * The body for an upstream of the same dialect: the client's bytes with `model` replaced and, for a stream whose usage
 * the client did not ask for, `stream_options.include_usage` set. Everything else (order, big integers, unknown
 * fields) stays.
 */
export function rewriteBody(request: RequestHead, options: EncodeOptions): Buffer {
  const edits: Edit[] = [];
  if (options.model !== request.model && request.modelSpan !== null) {
    edits.push({ ...request.modelSpan, text: JSON.stringify(options.model) });
  }
  if (request.stream && options.takesStreamUsage && !request.asksForUsage) edits.push(askForUsage(request));
  if (edits.length === 0) return request.bytes;
  return applyEdits(
    request.bytes,
    edits.sort((a, b) => a.start - b.start),
  );
}

function askForUsage(request: RequestHead): Edit {
  const span = request.streamOptionsSpan;
  if (span === null) {
    const at = request.closingBrace;
    return { start: at, end: at, text: ',"stream_options":{"include_usage":true}' };
  }
  if (request.bytes[span.start] !== OPEN_BRACE) return { ...span, text: '{"include_usage":true}' };
  return includeUsageIn(request.bytes, span.start);
}

/** Sets the member in the client's own `stream_options`, whose other members stay. */
function includeUsageIn(bytes: Buffer, open: number): Edit {
  const found: Edit[] = [];
  visitMembers(bytes, open, (keyStart, keyEnd, start, end) => {
    if (keyText(bytes, keyStart, keyEnd) === 'include_usage') found.push({ start, end, text: 'true' });
  });
  const last = found.at(-1);
  if (last !== undefined) return last;
  const isEmpty = bytes[skipSpace(bytes, open + 1)] === 0x7d;
  return { start: open + 1, end: open + 1, text: `"include_usage":true${isEmpty ? '' : ','}` };
}

function applyEdits(bytes: Buffer, edits: readonly Edit[]): Buffer {
  let length = bytes.length;
  for (const edit of edits) length += Buffer.byteLength(edit.text) - (edit.end - edit.start);
  const result = Buffer.allocUnsafe(length);
  let from = 0;
  let to = 0;
  for (const edit of edits) {
    to += bytes.copy(result, to, from, edit.start);
    to += result.write(edit.text, to);
    from = edit.end;
  }
  bytes.copy(result, to, from);
  return result;
}
