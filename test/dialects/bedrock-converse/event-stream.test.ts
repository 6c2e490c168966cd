import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventMessages } from '../../../src/dialects/bedrock-converse/event-stream.ts';
import { cutAnywhere, singleBytes } from '../../contract/cuts.ts';
import { eventStreamFrame } from '../../contract/event-stream-frames.ts';

/** The messages as texts, and how it ended. */
function read(chunks: readonly Buffer[]): readonly string[] {
  const parser = new EventMessages();
  const seen: string[] = [];
  for (const chunk of chunks) {
    const damage = parser.push(chunk, ({ headers, payload }) => {
      seen.push(`${JSON.stringify([...headers])} ${payload.toString('utf8')}`);
    });
    if (damage !== null) return [...seen, damage];
  }
  return parser.isBroken() ? [...seen, 'broken'] : seen;
}

/** `empty_message` of AWS's test vectors for the format (github.com/awslabs/aws-c-event-stream, and every AWS SDK). */
const EMPTY = Buffer.from('000000100000000005c248eb7d98c8ff', 'hex');
/** As Bedrock sent it: an exception in the middle of a stream (recorded, github.com/vercel/ai, amazon-bedrock). */
const EXCEPTION = Buffer.from(
  'AAAA3QAAAGfHkZB6DTptZXNzYWdlLXR5cGUHAAlleGNlcHRpb24POmV4Y2VwdGlvbi10eXBlBwAZbW9kZWxTdHJlYW1FcnJvckV4Y2VwdGlvbg06' +
    'Y29udGVudC10eXBlBwAQYXBwbGljYXRpb24vanNvbnsibWVzc2FnZSI6Ik1vZGVsIFN0cmVhbSBFcnJvciIsIm9yaWdpbmFsU3RhdHVzQ29kZSI6' +
    'NTAwLCJvcmlnaW5hbE1lc3NhZ2UiOiJUaGUgbW9kZWwgc3RyZWFtIGZhaWxlZC4ifVczQxM=',
  'base64',
);

describe('an event stream of AWS', () => {
  it('is read as AWS writes it', () => {
    expect(read([EMPTY])).toEqual(['[] ']);
    expect(read([Buffer.concat([EMPTY, EXCEPTION])])[1]).toBe(
      '[[":message-type","exception"],[":exception-type","modelStreamErrorException"],' +
        '[":content-type","application/json"]] ' +
        '{"message":"Model Stream Error","originalStatusCode":500,"originalMessage":"The model stream failed."}',
    );
  });

  it('passes over headers that are no texts', () => {
    // true, false, byte, short, int, long, bytes, timestamp, uuid: types 0 to 6, 8 and 9 of the format.
    const values = ['00', '01', '02ff', '030102', '0401020304', '050102030405060708', '060002abcd'];
    const all = [...values, '080000018b2f000000', `09${'11'.repeat(16)}`, '0700026f6b'];
    const headers = all.map((value, index) => Buffer.concat([Buffer.from(`\x02h${index}`), Buffer.from(value, 'hex')]));
    const frame = withHeaders(Buffer.concat(headers));
    expect(read([frame])).toEqual(['[["h9","ok"]] {}']);
  });

  it('gives the same messages however it is cut', () => {
    const messages = fc.array(
      fc.record({ name: fc.constantFrom('a', ':event-type'), value: fc.string(), payload: fc.jsonValue() }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 12 }), (sent, places) => {
        const bytes = Buffer.concat(
          sent.map(({ name, value, payload }) => eventStreamFrame({ [name]: value }, payload)),
        );
        const whole = read([bytes]);
        expect(whole).toHaveLength(sent.length);
        expect(read(cutAnywhere(bytes, places))).toEqual(whole);
        expect(read(singleBytes(bytes))).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('is not believed once a single bit is another', () => {
    fc.assert(
      fc.property(fc.nat(EXCEPTION.length - 1), fc.nat(7), (at, bit) => {
        const bytes = Buffer.from(EXCEPTION);
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        expect(read([bytes, EMPTY])).toEqual(['damaged']);
      }),
    );
  });

  it('says so where it ends within a message', () => {
    expect(read([EXCEPTION.subarray(0, 40)])).toEqual(['broken']);
    expect(read([Buffer.concat([EMPTY, EXCEPTION.subarray(0, 5)])])).toEqual(['[] ', 'broken']);
  });

  it('is refused before a message of more than 16 MiB is kept', () => {
    const frame = eventStreamFrame({}, 'x'.repeat(16 * 1024 * 1024));
    expect(read([frame.subarray(0, 12)])).toEqual(['too_large']);
  });
});

/** A frame whose headers are given as their bytes. */
function withHeaders(headers: Buffer): Buffer {
  const plain = eventStreamFrame({}, {});
  const payload = plain.subarray(12, -4);
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + headers.length + payload.length);
  prelude.writeUInt32BE(headers.length, 4);
  const checked = Buffer.concat([prelude, checksum(prelude), headers, payload]);
  return Buffer.concat([checked, checksum(checked)]);
}

/** CRC32 bit by bit, so that it is not the one that is tested. */
function checksum(bytes: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const result = Buffer.alloc(4);
  result.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return result;
}
