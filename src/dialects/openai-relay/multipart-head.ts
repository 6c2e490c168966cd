import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../canonical/errors.ts';

/** A form has few parts; each costs a search, the bytes of a file are passed over in one. */
const MAX_PARTS = 256;
const MAX_HEADER_BYTES = 8 * 1024;
/** RFC 2046 §5.1.1. */
const MAX_BOUNDARY_CHARACTERS = 70;
const LINE_END = '\r\n';
const HEADERS_END = '\r\n\r\n';

/** Where the content of a part stands in the body. `end` is exclusive. */
export interface PartSpan {
  readonly name: string;
  /** It is a file by its header, not a field. */
  readonly isFile: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * The parts of a `multipart/form-data` body (RFC 7578), in their order, without copying any. It is read as strictly as
 * the rules are written: what we and the upstream could read in two ways, such as a boundary within a line, is a 400,
 * since the model that was routed must be the one that is answered.
 */
export function readParts(body: Buffer, contentType: string | undefined): readonly PartSpan[] {
  const delimiter = `--${boundaryOf(contentType)}`;
  const parts: PartSpan[] = [];
  let at = body.indexOf(delimiter);
  if (at !== 0 && !(at > 0 && isLineStart(body, at))) throw malformed('does not begin with its boundary');
  for (;;) {
    const after = at + delimiter.length;
    if (body.toString('latin1', after, after + 2) === '--') return parts;
    if (body.toString('latin1', after, after + 2) !== LINE_END) throw malformed('has a boundary with text behind it');
    if (parts.length === MAX_PARTS) throw malformed(`has more than ${MAX_PARTS} parts`);
    const next = body.indexOf(delimiter, after);
    if (next < 0) throw malformed('ends before its last boundary');
    if (!isLineStart(body, next)) throw malformed('has a boundary within a line');
    parts.push(readPart(body, after + LINE_END.length, next - LINE_END.length));
    at = next;
  }
}

/** The text of a part's content. */
export function textOfPart(body: Buffer, { name, start, end }: PartSpan): string {
  const content = body.subarray(start, end);
  if (!isUtf8(content)) throw malformed(`has a part \`${name}\` that is not UTF-8 text`);
  return content.toString('utf8');
}

function boundaryOf(contentType: string | undefined): string {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s";]+))/i.exec(contentType?.trim() ?? '') ?? [];
  const boundary = quoted ?? plain;
  if (boundary !== undefined && boundary.length <= MAX_BOUNDARY_CHARACTERS) return boundary;
  const message = 'This endpoint takes a form: `Content-Type: multipart/form-data` with a boundary.';
  throw new GatewayError('unsupported_media_type', message, { hint: 'Let the HTTP client write the header.' });
}

function isLineStart(body: Buffer, at: number): boolean {
  return body.toString('latin1', at - 2, at) === LINE_END;
}

function readPart(body: Buffer, start: number, end: number): PartSpan {
  const headersEnd = body.subarray(start, Math.min(end, start + MAX_HEADER_BYTES)).indexOf(HEADERS_END);
  if (headersEnd < 0) throw malformed('has a part without a name');
  const headers = body.toString('utf8', start, start + headersEnd).split(LINE_END);
  const disposition = headers.filter((line) => /^content-disposition:/i.test(line));
  const parameters = disposition.length === 1 ? parametersOf(disposition[0] ?? '') : null;
  const name = parameters?.get('name');
  if (parameters === null || name === undefined) throw malformed('has a part without a name');
  const isFile = parameters.has('filename') || parameters.has('filename*');
  if (!isFile && headers.some((line) => /^content-transfer-encoding:\s*(?!7bit|8bit|binary)/i.test(line))) {
    throw malformed(`has a part \`${name}\` that is encoded`);
  }
  return { name, isFile, start: start + headersEnd + HEADERS_END.length, end };
}

/** `null`: it is no form's, or says something twice. Names in quotes have `%22` for a quote (RFC 7578 §2). */
function parametersOf(disposition: string): ReadonlyMap<string, string> | null {
  const [, rest] = /^content-disposition:\s*form-data\s*(;.*)$/i.exec(disposition) ?? [];
  if (rest === undefined) return null;
  const parameters = new Map<string, string>();
  const pattern = /\s*;\s*([a-z*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";]*))\s*/giy;
  let length = 0;
  for (const [whole, key = '', quoted, plain] of rest.matchAll(pattern)) {
    length += whole.length;
    if (parameters.has(key.toLowerCase())) return null;
    parameters.set(key.toLowerCase(), quoted ?? plain ?? '');
  }
  return length === rest.length && !parameters.has('name*') ? parameters : null;
}

function malformed(problem: string): GatewayError {
  return new GatewayError('invalid_body', `The form ${problem}.`);
}
