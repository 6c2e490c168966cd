import { crc32 } from 'node:zlib';

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const STRING_HEADER = 7;

/**
 * A message of AWS's event stream (`application/vnd.amazon.eventstream`): lengths, their checksum, headers, payload,
 * checksum of all (Smithy's specification of the format). Written apart from the code that reads it.
 */
export function eventStreamFrame(headers: Readonly<Record<string, string>>, payload: unknown): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerOf(name, value)));
  const body = Buffer.from(JSON.stringify(payload));
  const total = PRELUDE_BYTES + head.length + body.length + CHECKSUM_BYTES;
  const lengths = Buffer.concat([uint32(total), uint32(head.length)]);
  const checked = Buffer.concat([lengths, uint32(crc32(lengths)), head, body]);
  return Buffer.concat([checked, uint32(crc32(checked))]);
}

/** An event of Bedrock's ConverseStream as its recordings write it: `{"contentBlockDelta": {…}}`. */
export function converseFrame(event: Readonly<Record<string, unknown>>): Buffer {
  const [[name, payload] = ['', {}]] = Object.entries(event);
  const headers = { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' };
  return eventStreamFrame(headers, payload);
}

function headerOf(name: string, value: string): Buffer {
  const valueLength = Buffer.alloc(2);
  valueLength.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([
    Buffer.of(Buffer.byteLength(name)),
    Buffer.from(name),
    Buffer.of(STRING_HEADER),
    valueLength,
    Buffer.from(value),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
