import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followLines, lastLines } from '../../src/cli/tail.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-tail-'));
  path = join(folder, 'x.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the last lines of a file', () => {
  it('are none where there is no file', async () => {
    expect(await lastLines(path, 10)).toEqual({ lines: [], end: 0 });
  });

  it('are those of the whole text cut at its ends, whatever is in it', async () => {
    const text = fc.array(fc.oneof(fc.string(), fc.constant('é'.repeat(40_000)), fc.constant('x'.repeat(70_000))), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 0, max: 15 }), async (parts, count) => {
        const lines = parts.map((part) => part.replaceAll('\n', ' '));
        writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
        const written = Buffer.from(lines.map((line) => `${line}\n`).join(''))
          .toString('utf8')
          .split('\n')
          .slice(0, -1);
        expect((await lastLines(path, count)).lines).toEqual(count === 0 ? [] : written.slice(-count));
      }),
      { numRuns: 60 },
    );
  });
});

describe('following a file', () => {
  /** Follows until `count` lines have come. */
  async function follow(from: number, count: number, change: (step: number) => void): Promise<string[]> {
    const ending = new AbortController();
    const lines: string[] = [];
    const limit = setTimeout(() => ending.abort(), 10_000);
    const following = followLines(
      path,
      from,
      (line) => {
        lines.push(line);
        change(lines.length);
        if (lines.length === count) ending.abort();
      },
      ending.signal,
    );
    change(0);
    await following;
    clearTimeout(limit);
    return lines;
  }

  it('gives what is added', async () => {
    writeFileSync(path, 'before\n');
    const lines = await follow(7, 2, (step) => {
      if (step === 0) appendFileSync(path, 'one\n');
      if (step === 1) appendFileSync(path, 'two\n');
    });
    expect(lines).toEqual(['one', 'two']);
  });

  it('waits for a file that is not there yet', async () => {
    const lines = await follow(0, 1, (step) => {
      if (step === 0) setTimeout(() => writeFileSync(path, 'first\n'), 30);
    });
    expect(lines).toEqual(['first']);
  });

  it('goes on across a rotation and loses nothing', async () => {
    writeFileSync(path, '');
    const lines = await follow(0, 4, (step) => {
      if (step === 0) appendFileSync(path, 'one\n');
      if (step !== 1) return;
      appendFileSync(path, 'two\nthree\n');
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'four\n');
    });
    expect(lines).toEqual(['one', 'two', 'three', 'four']);
  });

  it('begins again in a file that was emptied', async () => {
    writeFileSync(path, 'a long line from before\n');
    const lines = await follow(24, 1, (step) => {
      if (step !== 0) return;
      truncateSync(path);
      appendFileSync(path, 'short\n');
    });
    expect(lines).toEqual(['short']);
  });

  it('gives a line only when it is whole', async () => {
    writeFileSync(path, '');
    const lines = await follow(0, 1, (step) => {
      if (step !== 0) return;
      const bytes = Buffer.from('grün\n');
      appendFileSync(path, bytes.subarray(0, 3));
      setTimeout(() => appendFileSync(path, bytes.subarray(3)), 300);
    });
    expect(lines).toEqual(['grün']);
  });
});
