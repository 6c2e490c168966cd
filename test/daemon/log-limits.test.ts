import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../src/daemon/log.ts';
import { createRedactor } from '../../src/daemon/redact.ts';
import { openRotatingFile } from '../../src/daemon/rotating-file.ts';
import { Secret } from '../../src/std/secret.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a hostile text', () => {
  it.each([
    ['begun web tokens', '-eyJ'],
    ['web tokens without an end', 'eyJaaaaaaaaaaaa.'],
    ['addresses', '://a:'],
    ['headers without a key', 'bearer '],
    ['one header and spaces', ' '],
  ])('of %s takes no longer than its length', (_what, piece) => {
    const hostile = `bearer ${piece.repeat(Math.ceil(1_000_000 / piece.length))}`;
    const startedAt = performance.now();
    createRedactor().redact(hostile);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('that is too long is cut, and no secret in two', () => {
    const secret = 'odd-and-long-secret'.repeat(20);
    const file = join(folder, 'llmgw.log');
    const log = openLog({ file, level: 'info' });
    log.know(new Secret(secret));
    log.logger.warn({ answer: { body: '.'.repeat(64 * 1024 - 100) + secret + '.'.repeat(1e6) } }, 'refused');
    log.logger.info('next');
    log.close();
    const [line = '', next = ''] = readFileSync(file, 'utf8').split('\n');
    expect(line.length).toBeLessThan(70_000);
    expect(line).not.toContain('odd-and');
    const entry = JSON.parse(line) as { msg: string; answer: { body: string } };
    expect(entry.msg).toBe('refused');
    expect(entry.answer.body).toMatch(/^\.+… \(of \d+ characters\)$/);
    expect(JSON.parse(next)).toMatchObject({ msg: 'next' });
  });
});

describe('a rotation that came no further than putting the file aside', () => {
  it('does not put the older ones aside once more', () => {
    const path = join(folder, 'x.log');
    const line = (count: number): string => `${String(count).padStart(99, '.')}\n`;
    const file = openRotatingFile({ path, maxBytes: 250, maxFiles: 4 });
    const write = (count: number): void => {
      file.write(line(count));
      file.flush();
    };
    for (const count of [1, 2, 3, 4, 5, 6]) write(count);
    renameSync(path, `${path}.aside`);
    write(7);
    file.close();
    expect(readFileSync(`${path}.2`, 'utf8')).toBe(line(1) + line(2));
    expect(readFileSync(`${path}.1`, 'utf8')).toBe(line(3) + line(4));
    expect(readFileSync(path, 'utf8')).toBe(line(7));
  });
});
