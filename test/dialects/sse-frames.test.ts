import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_EVENT_BYTES, SseFrames } from '../../src/dialects/sse-frames.ts';
import type { SseFrame } from '../../src/dialects/sse-frames.ts';
import { cutAnywhere } from '../contract/cuts.ts';
import { someText } from '../contract/generate-text.ts';

function framesOf(chunks: readonly Buffer[]): SseFrame[] {
  const frames = new SseFrames();
  const found: SseFrame[] = [];
  for (const chunk of chunks) expect(frames.push(chunk, (frame) => found.push(frame))).toBe(true);
  const rest = frames.rest();
  return rest === null ? found : [...found, rest];
}

const of = (text: string): SseFrame[] => framesOf([Buffer.from(text)]);

describe('server-sent events', () => {
  it.each<[string, string, SseFrame[]]>([
    ['without a name', 'data: a\n\n', [{ event: null, data: 'a' }]],
    ['with a name', 'event: ping\ndata: {}\n\n', [{ event: 'ping', data: '{}' }]],
    ['with the name behind', 'data: {}\nevent: ping\n\n', [{ event: 'ping', data: '{}' }]],
    ['of several lines', 'data: a\ndata:\ndata:  b\n\n', [{ event: null, data: 'a\n\n b' }]],
    [
      'with CRLF',
      'data: a\r\n\r\ndata: b\r\n\r\n',
      [
        { event: null, data: 'a' },
        { event: null, data: 'b' },
      ],
    ],
    ['comments, ids and names alone are none', ': hello\n\nid: 1\n\nevent: x\n\n', []],
    ['behind a byte order mark', '\ufeffdata: a\n\n', [{ event: null, data: 'a' }]],
    [
      'the last one without its blank line',
      'data: a\n\ndata: b',
      [
        { event: null, data: 'a' },
        { event: null, data: 'b' },
      ],
    ],
    ['empty data is data', 'data:\n\n', [{ event: null, data: '' }]],
  ])('%s', (_name, text, frames) => {
    expect(of(text)).toEqual(frames);
  });

  it('are the same however the bytes are cut', () => {
    const data = fc.array(someText, { maxLength: 6 });
    fc.assert(
      fc.property(data, fc.array(fc.nat({ max: 400 })), (texts, cuts) => {
        const bytes = Buffer.from(texts.map((text) => `data: ${JSON.stringify(text)}\n\n`).join(''));
        const frames = framesOf(cutAnywhere(bytes, cuts));
        expect(frames.map((frame): unknown => JSON.parse(frame.data))).toEqual(texts);
      }),
    );
  });

  it('one that grows over the limit is refused, wherever its bytes end', () => {
    const frames = new SseFrames();
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    frames.push(Buffer.from('data: '), () => undefined);
    const taken = Array.from({ length: 12 }, () => frames.push(megabyte, () => undefined));
    expect(taken.indexOf(false)).toBe(MAX_EVENT_BYTES / megabyte.length - 1);
  });
});
