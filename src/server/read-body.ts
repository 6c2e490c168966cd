import type { IncomingMessage } from 'node:http';
import zlib from 'node:zlib';
import { GatewayError } from '../canonical/errors.ts';
import { CollectedBytes } from '../std/collected-bytes.ts';

/**
 * Reads a request's body whole, decompressed, up to `limitBytes`. `onBody` is called once, with a `GatewayError` (413,
 * 415, 400) when there is none; never when the connection breaks before the end.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  onBody: (body: Buffer | GatewayError) => void,
): void {
  const decoder = decoderFor(request.headers['content-encoding']);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (decoder instanceof GatewayError || announced > limitBytes) {
    onBody(decoder instanceof GatewayError ? decoder : tooLarge(limitBytes));
    return;
  }
  const collected = new CollectedBytes();
  const onData = (chunk: Buffer): void => {
    if (collected.length + chunk.length <= limitBytes) {
      collected.push(chunk);
      return;
    }
    request.off('data', onData);
    request.off('end', onEnd);
    onBody(tooLarge(limitBytes));
  };
  const onEnd = (): void => {
    const body = collected.take();
    if (decoder === null) onBody(body);
    else decoder(body, limitBytes, onBody);
  };
  request.on('data', onData);
  request.on('end', onEnd);
}

type Decoder = (body: Buffer, limitBytes: number, onBody: (body: Buffer | GatewayError) => void) => void;
type Decompress = (
  body: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, result: Buffer) => void,
) => void;

/**
 * `null`: the body is not compressed. zstd came with Node 22.15; where it is missing it is refused like any unknown
 * one.
 */
function decoderFor(encoding: string | undefined): Decoder | GatewayError | null {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return null;
  const { zstdDecompress } = zlib as { zstdDecompress?: Decompress };
  const known: Readonly<Record<string, Decompress | undefined>> = {
    gzip: zlib.gunzip,
    'x-gzip': zlib.gunzip,
    deflate: zlib.inflate,
    br: zlib.brotliDecompress,
    zstd: zstdDecompress,
  };
  const decompress = Object.hasOwn(known, name) ? known[name] : undefined;
  if (decompress === undefined) {
    const message = `The content encoding ${JSON.stringify(name.slice(0, 40))} is not read here.`;
    return new GatewayError('unsupported_content_encoding', message);
  }
  return (body, limitBytes, onBody) => {
    decompress(body, { maxOutputLength: limitBytes }, (error, result) => {
      onBody(error === null ? result : notDecompressed(error, name, limitBytes));
    });
  };
}

function notDecompressed(error: Error, name: string, limitBytes: number): GatewayError {
  if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limitBytes);
  return new GatewayError('invalid_content_encoding', `The request body is not valid ${name}.`, { cause: error });
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError('request_too_large', `The request body is larger than ${limitBytes} bytes.`);
}
