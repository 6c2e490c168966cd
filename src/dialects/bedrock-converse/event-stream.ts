import { crc32 } from 'node:zlib';

/** AWS sets this limit itself: docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;

/** One message of `application/vnd.amazon.eventstream`. */
export interface EventMessage {
  /** Those whose values are texts: `:message-type`, `:event-type`, `:exception-type`, `:content-type`. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Buffer;
}

/** `too_large`: beyond the limit; `damaged`: a checksum or a length does not fit. */
export type StreamDamage = 'too_large' | 'damaged';

/**
 * Cuts the bytes of an event stream into messages. A message is, big-endian: its length, the length of its headers, the
 * CRC32 of these eight bytes, the headers, the payload, and the CRC32 of all before.
 */
export class EventMessages {
  #chunks: Buffer[] = [];
  #size = 0;
  #needed = PRELUDE_BYTES;

  /** `null`: all is well. After damage nothing more can be read. */
  push(chunk: Buffer, onMessage: (message: EventMessage) => void): StreamDamage | null {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return null;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#size);
    let damage: StreamDamage | null = null;
    while (bytes.length >= PRELUDE_BYTES) {
      const length = bytes.readUInt32BE(0);
      damage = damageOfPrelude(bytes, length);
      if (damage !== null || bytes.length < length) break;
      const message = readMessage(bytes.subarray(0, length));
      if (message === null) return 'damaged';
      onMessage(message);
      bytes = bytes.subarray(length);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#size = bytes.length;
    this.#needed = bytes.length < PRELUDE_BYTES ? PRELUDE_BYTES : bytes.readUInt32BE(0);
    return damage;
  }

  /** Whether the bytes end within a message. */
  isBroken(): boolean {
    return this.#size > 0;
  }
}

/** The prelude has a checksum of its own, so that a length is only believed when it was meant. */
function damageOfPrelude(bytes: Buffer, length: number): StreamDamage | null {
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) return 'damaged';
  if (length > MAX_MESSAGE_BYTES) return 'too_large';
  const headersLength = bytes.readUInt32BE(4);
  return PRELUDE_BYTES + headersLength + CHECKSUM_BYTES > length ? 'damaged' : null;
}

function readMessage(bytes: Buffer): EventMessage | null {
  const end = bytes.length - CHECKSUM_BYTES;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) return null;
  const headersEnd = PRELUDE_BYTES + bytes.readUInt32BE(4);
  const headers = readHeaders(bytes.subarray(PRELUDE_BYTES, headersEnd));
  return headers === null ? null : { headers, payload: bytes.subarray(headersEnd, end) };
}

/** Bytes of a header's value by its type; two types begin with their length, two have no value at all. */
const FIXED_LENGTHS: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const BYTES_TYPE = 6;
const TEXT_TYPE = 7;

function readHeaders(bytes: Buffer): Map<string, string> | null {
  const headers = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    if (nameEnd >= bytes.length) return null;
    const type = bytes.readUInt8(nameEnd);
    const hasLength = type === BYTES_TYPE || type === TEXT_TYPE;
    if (hasLength && nameEnd + 3 > bytes.length) return null;
    const length = hasLength ? bytes.readUInt16BE(nameEnd + 1) : FIXED_LENGTHS[type];
    if (length === undefined) return null;
    const from = nameEnd + (hasLength ? 3 : 1);
    if (from + length > bytes.length) return null;
    if (type === TEXT_TYPE)
      headers.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', from, from + length));
    at = from + length;
  }
  return headers;
}
