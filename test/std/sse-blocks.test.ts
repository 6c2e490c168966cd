import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataOf, SseBlocks } from '../../src/std/sse-blocks.ts';

const LIMIT = 1_000_000;

function blocksOf(chunks: readonly Buffer[]): { blocks: Buffer[]; rest: Buffer | null } {
  const cutter = new SseBlocks(LIMIT);
  const blocks: Buffer[] = [];
  for (const chunk of chunks) expect(cutter.push(chunk, (block) => blocks.push(block))).toBe(true);
  return { blocks, rest: cutter.rest() };
}

/** The `data` of every event, in order. */
function eventsOf({ blocks, rest }: { blocks: Buffer[]; rest: Buffer | null }): string[] {
  return [...blocks, ...(rest === null ? [] : [rest])].flatMap((block) => dataOf(block.toString('utf8')) ?? []);
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

const lineText = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, '·'));
const line = fc.oneof(
  { weight: 4, arbitrary: lineText.map((text) => `data: ${text}`) },
  lineText.map((text) => `data:${text}`),
  lineText.map((text) => `: ${text}`),
  lineText.map((text) => `event: ${text}`),
  fc.constant('data'),
);
const stream = fc
  .tuple(
    fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
    fc.constantFrom('\n', '\r\n', '\r'),
    fc.integer({ min: 1, max: 3 }),
    fc.boolean(),
  )
  .map(([events, lineEnd, blankLines, isWhole]) => {
    const text = events.map((lines) => lines.join(lineEnd) + lineEnd.repeat(1 + blankLines)).join('');
    return Buffer.from(isWhole ? text : `${text}data: left open`);
  });

describe('SseBlocks', () => {
  it('gives the same events and loses no byte, wherever the stream is cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
        const whole = blocksOf([bytes]);
        const cut = blocksOf(cutAt(bytes, cuts));
        expect(eventsOf(cut)).toEqual(eventsOf(whole));
        const together = Buffer.concat([...cut.blocks, cut.rest ?? Buffer.alloc(0)]).toString('utf8');
        // Blank lines behind the last event are all that may be missing.
        expect(bytes.toString('utf8').startsWith(together)).toBe(true);
        expect(bytes.toString('utf8').slice(together.length)).toMatch(/^[\r\n]*$/);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['\n', '\r\n', '\r'])(
    'hands out a block as soon as its end is there, with its whole line end (%j)',
    (lineEnd) => {
      const cutter = new SseBlocks(LIMIT);
      const blocks: string[] = [];
      cutter.push(Buffer.from(`data: a${lineEnd}${lineEnd}`), (block) => blocks.push(block.toString()));
      expect(blocks).toEqual([`data: a${lineEnd}${lineEnd}`]);
      expect(cutter.rest()).toBeNull();
    },
  );

  it('does not hold back the LF of a CRLF that was cut', () => {
    const cutter = new SseBlocks(LIMIT);
    const blocks: string[] = [];
    const push = (text: string): boolean => cutter.push(Buffer.from(text), (block) => blocks.push(block.toString()));
    push('data: a\r\n\r');
    expect(blocks).toEqual(['data: a\r\n\r']);
    push('\n');
    expect(blocks.join('')).toBe('data: a\r\n\r\n');
    push('data: b\r\n\r\n');
    expect(blocks.slice(-1)).toEqual(['data: b\r\n\r\n']);
  });

  it('cuts characters of several bytes without harm', () => {
    const bytes = Buffer.from('data: 🙂é漢\n\n');
    const single = [...bytes].map((byte) => Buffer.from([byte]));
    expect(eventsOf(blocksOf(single))).toEqual(['🙂é漢']);
  });

  it('says when a block grows over the limit, and not before', () => {
    const cutter = new SseBlocks(10);
    const none = (): void => undefined;
    expect(cutter.push(Buffer.from('data: 1234'), none)).toBe(true);
    expect(cutter.push(Buffer.from('\n\ndata: 1234'), none)).toBe(true);
    expect(cutter.push(Buffer.from('5'), none)).toBe(false);
  });

  it('keeps an event whose blank line is missing for the end', () => {
    expect(blocksOf([Buffer.from('data: a\n\ndata: b')]).rest?.toString()).toBe('data: b');
    expect(blocksOf([Buffer.from('data: a\n\n\n')]).rest).toBeNull();
  });
});

describe('dataOf', () => {
  it.each([
    ['data: a\n\n', 'a'],
    ['data:a\n\n', 'a'],
    ['data:  a\n\n', ' a'],
    ['data: a\ndata: b\n\n', 'a\nb'],
    ['event: x\nid: 1\ndata: a\r\n\r\n', 'a'],
    [': comment\n\n', null],
    ['event: ping\n\n', null],
    ['data:\n\n', ''],
    ['\ufeffdata: a\n\n', 'a'],
    ['dataset: a\n\n', null],
  ])('%j is %j', (block, data) => {
    expect(dataOf(block)).toBe(data);
  });
});
