import { isObject } from '../../../../src/std/is-object.ts';
import type { SeenImage } from '../scenario.ts';
import { Refusal, refuseUnless } from './dialect-back.ts';

export function imageOfDataUri(url: string): SeenImage {
  const [, mediaType, data] = /^data:(image\/[a-z]+);base64,(.+)$/.exec(url) ?? [];
  if (mediaType === undefined || data === undefined) throw new Refusal(`not an image: ${url.slice(0, 60)}`);
  return { mediaType, bytes: bytesOf(data) };
}

/** Exactly base64: what other letters there are would be skipped silently. */
export function bytesOf(data: string): Buffer {
  const bytes = Buffer.from(data, 'base64');
  refuseUnless(bytes.toString('base64') === data, `not base64: ${data.slice(0, 60)}`);
  return bytes;
}

/** The type that the first bytes tell, for dialects that do not say it. */
export function sniffedType(bytes: Buffer): string {
  return bytes.subarray(1, 4).toString('latin1') === 'PNG' ? 'image/png' : 'application/octet-stream';
}

export function parsedArguments(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Refusal(`arguments are not an object: ${text}`);
  return value;
}
