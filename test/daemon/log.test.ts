import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog, type Log } from '../../src/daemon/log.ts';
import { createRedactor } from '../../src/daemon/redact.ts';
import { openRotatingFile } from '../../src/daemon/rotating-file.ts';
import { Secret } from '../../src/std/secret.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function withLog(write: (log: Log) => void): string {
  const file = join(folder, 'llmgw.log');
  const log = openLog({ file, level: 'info' });
  write(log);
  log.close();
  return readFileSync(file, 'utf8');
}

it('takes a hostile text in no more than the time of reading it', () => {
  // Each `-eyJ` looks like the beginning of a web token; searched from each of them anew this took minutes.
  const hostile = 'eyJ-'.repeat(100_000);
  expect(createRedactor().redact(hostile)).toHaveLength(hostile.length);
});

describe('the log', () => {
  it('is one JSON object a line, with level and time as words', () => {
    const text = withLog(({ logger }) => logger.info({ server: 'ollama', models: 3 }, 'found'));
    const entry = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(entry)).toEqual(['level', 'time', 'server', 'models', 'msg']);
    expect(entry).toMatchObject({ level: 'info', server: 'ollama', models: 3, msg: 'found' });
    expect(entry['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('is for its owner alone', () => {
    withLog(({ logger }) => logger.info('x'));
    expect(statSync(join(folder, 'llmgw.log')).mode & 0o777).toBe(0o600);
  });

  const shapes = [
    'sk-proj-abcDEF_012-345678',
    'sk-ant-api03-abcdefghijkl',
    'sk-llmgw-0123456789abcdefghijABCDEFGHIJ',
    'llmgw-admin-0123456789abcdefghij',
    'gsk_abcdefghijklmnop0123456789',
    'AIzaSyA-abcdefghijklmnopqrstuvwx',
    'hf_abcdefghijklmnopqrstuvwx',
    'AKIAIOSFODNN7EXAMPLE',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  ];
  it.each(shapes)('hides %s wherever it stands', (key) => {
    const text = withLog(({ logger }) => {
      logger.info(`the key ${key} was refused`);
      logger.info({ deep: { deeper: { deepest: [`x=${key}`] } } }, 'nested');
      logger.error({ err: new Error(`401 for ${key}`, { cause: new Error(key) }) }, 'failed');
      logger.info({ headers: { authorization: `Bearer ${key}`, 'x-api-key': key } }, 'headers');
    });
    expect(text.split('\n').filter(Boolean)).toHaveLength(4);
    expect(text).not.toContain(key);
    expect(text).toContain('the key [secret] was refused');
    for (const line of text.split('\n').filter(Boolean)) JSON.parse(line);
  });

  it('hides what is known to be secret, whatever its shape', () => {
    const odd = 'correct "horse" battery\\staple';
    const text = withLog((log) => {
      log.know(new Secret(odd));
      log.logger.warn({ answer: `no such key: ${odd}` }, `it said ${odd}`);
    });
    expect(text).not.toContain('horse');
    expect(JSON.parse(text)).toMatchObject({ answer: 'no such key: [secret]', msg: 'it said [secret]' });
  });

  it('hides what stands in a field for secrets, whatever it is', () => {
    const text = withLog(({ logger }) =>
      logger.info({ authorization: 'hunter2', server: { apiKey: 'hunter2' }, a: { b: { token: 'hunter2' } } }, 'x'),
    );
    expect(text).not.toContain('hunter2');
  });

  it.each([
    ['https://user:hunter2@host.example/v1', 'https://[secret]@host.example/v1'],
    ['GET /v1/models?key=hunter2&x=1', 'GET /v1/models?key=[secret]&x=1'],
    ['Authorization: Bearer hunter2hunter2', 'Authorization: Bearer [secret]'],
    ['http://127.0.0.1:4000/v1 is not a@b', 'http://127.0.0.1:4000/v1 is not a@b'],
    ['task-list of the bearer', 'task-list of the bearer'],
    ['model ollama/qwen3:8b, basic use', 'model ollama/qwen3:8b, basic use'],
  ])('%s is written as %s', (text, written) => {
    expect(createRedactor().redact(text)).toBe(written);
  });

  it('keeps every line JSON whatever is in it', () => {
    const redactor = createRedactor();
    redactor.know(new Secret('0123456789"\\'));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom(...shapes, '0123456789"\\', 'Bearer ', '://a:b@', '?key='))),
        (parts) => {
          const line = redactor.redact(JSON.stringify({ msg: parts.join('') }));
          expect(typeof (JSON.parse(line) as { msg: unknown }).msg).toBe('string');
        },
      ),
    );
  });
});

describe('rotation', () => {
  const line = (count: number): string => `${String(count).padStart(99, '.')}\n`;
  const path = (): string => join(folder, 'x.log');

  it('keeps so many files of such a size, and every line whole', () => {
    const file = openRotatingFile({ path: path(), maxBytes: 1000, maxFiles: 3 });
    for (let count = 1; count <= 45; count += 1) {
      file.write(line(count));
      file.flush();
    }
    file.close();
    expect(readdirSync(folder).sort()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
    const numbers = ['x.log.2', 'x.log.1', 'x.log'].flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      expect(text.length).toBeLessThanOrEqual(1000);
      return text
        .split('\n')
        .filter(Boolean)
        .map((one) => Number(one.replaceAll('.', '')));
    });
    expect(numbers).toEqual(Array.from({ length: 25 }, (_, index) => 21 + index));
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('goes on where the last program stopped', () => {
    for (const count of [1, 2, 3]) {
      const file = openRotatingFile({ path: path(), maxBytes: 250, maxFiles: 2 });
      file.write(line(count));
      file.close();
    }
    expect(readFileSync(`${path()}.1`, 'utf8')).toBe(line(1) + line(2));
    expect(readFileSync(path(), 'utf8')).toBe(line(3));
  });

  it('writes the lines of one turn at its end', async () => {
    const file = openRotatingFile({ path: path(), maxBytes: 1e6, maxFiles: 2 });
    file.write(line(1));
    expect(readFileSync(path(), 'utf8')).toBe('');
    await new Promise((resolve) => setImmediate(resolve));
    expect(readFileSync(path(), 'utf8')).toBe(line(1));
    file.close();
  });

  it('takes nothing after it was closed, and closing twice is nothing', () => {
    const file = openRotatingFile({ path: path(), maxBytes: 1e6, maxFiles: 2 });
    file.close();
    file.write(line(1));
    file.flush();
    file.close();
    expect(readFileSync(path(), 'utf8')).toBe('');
  });
});
