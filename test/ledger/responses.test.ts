import { chmodSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { readItemQuery } from '../../src/ledger/responses/item-list.ts';
import type { ItemQuery } from '../../src/ledger/responses/item-list.ts';
import type { ResponseStore, ResponseStoreRules, ResponseToStore } from '../../src/ledger/responses/response-store.ts';
import { responsesPath } from '../../src/ledger/responses/responses-path.ts';
import { openResponseStore } from '../../src/ledger/responses/sqlite-response-store.ts';
import { findPlaces } from '../../src/std/places.ts';
import { Database, recordingLogger, temporaryFolder } from './attempts.ts';
import type { LoggedLine } from './attempts.ts';

const NOW = Date.UTC(2026, 0, 15, 10, 37, 12);
const HOUR_MS = 3_600_000;
const RULES: ResponseStoreRules = { store: 'on', keepMs: 24 * HOUR_MS, maxBytes: 256_000_000 };
const ALL: ItemQuery = { limit: 100, order: 'asc', after: null };

interface Opened {
  readonly store: ResponseStore;
  readonly path: string;
  readonly lines: readonly LoggedLine[];
  /** Changed while it is open. */
  rules: ResponseStoreRules;
  now: number;
}

function open(path: string = join(temporaryFolder(), 'responses.db'), rules: Partial<ResponseStoreRules> = {}): Opened {
  const { logger, lines } = recordingLogger();
  const state = { rules: { ...RULES, ...rules }, now: NOW };
  const store = openResponseStore({
    path,
    logger,
    rules: () => state.rules,
    now: () => state.now,
    tidyEveryMs: 5,
  });
  onTestFinished(() => store.close());
  return Object.assign(state, { store, path, lines });
}

const message = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const said = (id: string, text: string) => ({
  id,
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});

function turn(id: string, changes: Partial<ResponseToStore> = {}): ResponseToStore {
  return {
    id,
    keyId: 'key_1',
    model: 'ollama/qwen3',
    previousId: null,
    createdAt: NOW,
    input: [message(`asked in ${id}`)],
    response: { id, object: 'response', output: [said(`msg_${id}`, `answered in ${id}`)] },
    ...changes,
  };
}

/** Every byte of the file and of those beside it. */
function bytesBeside(path: string): string {
  const names = readdirSync(join(path, '..')).filter((name) => name.startsWith('responses.db'));
  return names.map((name) => readFileSync(join(path, '..', name), 'latin1')).join('');
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(2);
}

describe('a stored response', () => {
  it('is given back as it was put', () => {
    const { store } = open();
    const { keyId, ...stored } = turn('resp_1', { previousId: 'resp_0', input: [message('ünïcødé \u0000 😀')] });
    expect(store.put({ keyId, ...stored })).toBe('stored');
    expect(store.get('resp_1', 'key_1')).toEqual(stored);
  });

  it('is there after a restart', () => {
    const { store, path } = open();
    store.put(turn('resp_1'));
    store.close();
    expect(open(path).store.get('resp_1', 'key_1')).toMatchObject({ id: 'resp_1' });
  });

  it.each([
    ['key_1', 'key_1', true],
    ['key_1', 'key_2', false],
    ['key_1', null, false],
    [null, 'key_1', false],
    [null, null, true],
    [null, '', false],
    ['', null, false],
    ['', '', true],
    ['key:', '', false],
  ])('that %j made answers to %j: %s', (maker, asking, answers) => {
    const { store } = open();
    store.put(turn('resp_1', { keyId: maker }));
    expect(store.get('resp_1', asking) !== null).toBe(answers);
    expect(store.chain('resp_1', asking) !== null).toBe(answers);
    expect(store.inputItems('resp_1', asking, ALL) !== null).toBe(answers);
    expect(store.delete('resp_1', asking)).toBe(answers);
    expect(store.get('resp_1', maker) === null).toBe(answers);
  });

  it('of one key is none the worse for the same id of another', () => {
    const { store } = open();
    store.put(turn('resp_1', { model: 'mine' }));
    store.put(turn('resp_1', { model: 'theirs', keyId: 'key_2' }));
    expect(store.get('resp_1', 'key_1')?.model).toBe('mine');
    expect(store.get('resp_1', 'key_2')?.model).toBe('theirs');
  });

  it('that is put again is replaced', () => {
    const { store } = open();
    store.put(turn('resp_1', { model: 'a' }));
    store.put(turn('resp_1', { model: 'b' }));
    expect(store.get('resp_1', 'key_1')?.model).toBe('b');
  });

  it('may not be larger than a quarter of the room, nor than 16 MB', () => {
    const opened = open(undefined, { maxBytes: 1_000_000 });
    const large = (bytes: number) => turn('resp_1', { input: [message('x'.repeat(bytes))] });
    expect(opened.store.put(large(260_000))).toBe('too_large');
    expect(opened.store.get('resp_1', 'key_1')).toBeNull();
    expect(opened.store.put(large(240_000))).toBe('stored');
    opened.rules = { ...RULES, maxBytes: 1_000_000_000 };
    expect(opened.store.put(large(17_000_000))).toBe('too_large');
    expect(opened.store.put(large(16_000_000))).toBe('stored');
  });
});

describe('a conversation', () => {
  it('is the items of all its turns, the oldest first', () => {
    const { store } = open();
    const turns = [turn('a'), turn('b', { previousId: 'a' }), turn('c', { previousId: 'b' })];
    for (const one of turns) store.put(one);
    const items = turns.flatMap(({ input, response }) => [...input, ...(response['output'] as object[])]);
    expect(store.chain('c', 'key_1')).toEqual(items);
    expect(store.chain('a', 'key_1')).toEqual(items.slice(0, 2));
  });

  it('can fork', () => {
    const { store } = open();
    for (const id of ['b', 'c']) store.put(turn(id, { previousId: 'a' }));
    store.put(turn('a'));
    expect(store.chain('b', 'key_1')).toHaveLength(4);
    expect(store.chain('c', 'key_1')?.[2]).toEqual(message('asked in c'));
  });

  it.each([
    ['was never stored', () => undefined],
    ['is of another key', ({ store }: Opened) => void store.put(turn('a', { keyId: 'key_2' }))],
    ['was deleted', ({ store }: Opened) => (store.put(turn('a')), void store.delete('a', 'key_1'))],
    ['is too old', ({ store }: Opened) => void store.put(turn('a', { createdAt: NOW - 24 * HOUR_MS }))],
  ])('is none when a turn of it %s', (_, prepare) => {
    const opened = open();
    prepare(opened);
    opened.store.put(turn('b', { previousId: 'a' }));
    opened.store.put(turn('c', { previousId: 'b' }));
    expect(opened.store.chain('c', 'key_1')).toBeNull();
    expect(opened.store.chain('nothing', 'key_1')).toBeNull();
  });

  it('that bites its own tail is refused, and so is one that is too large to be read', () => {
    const { store } = open();
    store.put(turn('a', { previousId: 'b' }));
    store.put(turn('b', { previousId: 'a' }));
    expect(() => store.chain('a', 'key_1')).toThrow(expect.objectContaining({ code: 'request_too_large' }) as Error);
    let previousId: string | null = null;
    for (const id of ['1', '2', '3', '4', '5']) {
      store.put(turn(id, { previousId, input: [message('x'.repeat(15_000_000))] }));
      previousId = id;
    }
    expect(store.chain('4', 'key_1')).toHaveLength(8);
    expect(() => store.chain('5', 'key_1')).toThrow(expect.objectContaining({ code: 'request_too_large' }) as Error);
  });

  it('has answers without output, and output that is none', () => {
    const { store } = open();
    store.put(turn('a', { response: { id: 'a', status: 'failed' } }));
    store.put(turn('b', { previousId: 'a', response: { output: ['no item', null, said('m', 'yes')] } }));
    expect(store.chain('b', 'key_1')).toEqual([message('asked in a'), message('asked in b'), said('m', 'yes')]);
  });
});

describe('the items of a response', () => {
  const ids = (list: { data: readonly { id?: unknown }[] } | null) => list?.data.map(({ id }) => id);

  it('are those it was made from, as OpenAI lists them', () => {
    const { store } = open();
    const call = { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' };
    const result = { type: 'function_call_output', call_id: 'c1', output: '4' };
    store.put(turn('resp_1', { input: [{ role: 'user', content: 'hi' }], response: { output: [said('m1', 'yes')] } }));
    store.put(turn('resp_2', { previousId: 'resp_1', input: [call, { ...result, id: 'mine' }] }));
    expect(store.inputItems('resp_2', 'key_1', ALL)).toEqual({
      object: 'list',
      data: [
        { id: 'msg_1_0', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
        said('m1', 'yes'),
        { ...call, id: 'fc_2_0' },
        { ...result, id: 'mine' },
      ],
      first_id: 'msg_1_0',
      last_id: 'mine',
      has_more: false,
    });
    expect(store.inputItems('resp_3', 'key_1', ALL)).toBeNull();
  });

  it('are listed from where they are still known', () => {
    const { store } = open();
    store.put(turn('b', { previousId: 'gone' }));
    expect(ids(store.inputItems('b', 'key_1', ALL))).toEqual(['msg_b_0']);
  });

  it('come in pages that hold each of them once, in either order', () => {
    const { store } = open();
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom<ItemQuery['order']>('asc', 'desc'),
        (count, limit, order) => {
          store.put(turn('r', { input: Array.from({ length: count }, (_, index) => message(`${index}`)) }));
          const all: unknown[] = [];
          let after: string | null = null;
          let pages = 0;
          for (let more = true; more; pages++) {
            const page = store.inputItems('r', 'key_1', { limit, order, after });
            if (page === null) throw new Error('the response is there');
            expect(page.data.length).toBeLessThanOrEqual(limit);
            all.push(...page.data.map(({ id }) => id));
            after = page.last_id;
            more = page.has_more;
          }
          const expected = Array.from({ length: count }, (_, index) => `msg_r_${index}`);
          expect(all).toEqual(order === 'asc' ? expected : expected.reverse());
          expect(pages).toBe(Math.max(1, Math.ceil(count / limit)));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are refused after an id that is none of theirs', () => {
    const { store } = open();
    store.put(turn('r'));
    const ask = () => store.inputItems('r', 'key_1', { ...ALL, after: 'msg_other' });
    expect(ask).toThrow(expect.objectContaining({ code: 'invalid_body', param: 'after' }) as Error);
  });

  it.each([
    ['', { limit: 20, order: 'desc', after: null }],
    ['limit=100&order=asc&after=msg_1', { limit: 100, order: 'asc', after: 'msg_1' }],
    ['limit=1&include[]=x', { limit: 1, order: 'desc', after: null }],
  ])('are asked for by ?%s', (search, expected) => {
    expect(readItemQuery(new URLSearchParams(search))).toEqual(expected);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=-1', 'limit'],
    ['order=up', 'order'],
  ])('are not asked for by ?%s', (search, param) => {
    const read = () => readItemQuery(new URLSearchParams(search));
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_body', status: 400, param }) as Error);
  });
});

describe('how long it is kept', () => {
  it('is not given any more from the moment on at which it is too old', () => {
    const opened = open();
    opened.store.put(turn('resp_1'));
    opened.now = NOW + 24 * HOUR_MS - 1;
    expect(opened.store.get('resp_1', 'key_1')).not.toBeNull();
    opened.now = NOW + 24 * HOUR_MS;
    expect(opened.store.get('resp_1', 'key_1')).toBeNull();
    expect(opened.store.delete('resp_1', 'key_1')).toBe(false);
  });

  it('and is then gone from the disk by itself, also after a restart', async () => {
    const before = open();
    const secret = 'S3NT1NEL';
    for (let index = 0; index < 500; index++) {
      before.store.put(turn(`old_${index}`, { input: [message(`${secret} ${'x'.repeat(3000)}`)] }));
    }
    before.store.put(turn('young', { createdAt: NOW + 2 * HOUR_MS }));
    const sizeBefore = statSync(before.path).size;
    before.store.close();
    expect(bytesBeside(before.path)).toContain(secret);
    const after = open(before.path);
    after.now = NOW + 25 * HOUR_MS;
    await until(() => !bytesBeside(after.path).includes(secret));
    await until(() => statSync(after.path).size < sizeBefore / 4);
    expect(after.store.get('young', 'key_1')).not.toBeNull();
  });

  it('does not depend on a clock that was wrong', async () => {
    const opened = open();
    opened.store.put(turn('of_the_future', { createdAt: NOW + 365 * 24 * HOUR_MS, input: [message('S3NT1NEL')] }));
    await until(() => !bytesBeside(opened.path).includes('S3NT1NEL'));
    expect(opened.store.get('of_the_future', 'key_1')).toBeNull();
  });

  it('can be changed while it runs', () => {
    const opened = open();
    opened.store.put(turn('resp_1', { createdAt: NOW - 2 * HOUR_MS }));
    opened.rules = { ...RULES, keepMs: HOUR_MS };
    expect(opened.store.get('resp_1', 'key_1')).toBeNull();
  });

  it('leaves nothing of what is deleted', () => {
    const { store, path } = open();
    store.put(turn('resp_1', { input: [message('S3NT1NEL')] }));
    store.put(turn('resp_2'));
    expect(bytesBeside(path)).toContain('S3NT1NEL');
    expect(store.delete('resp_1', 'key_1')).toBe(true);
    expect(store.delete('resp_1', 'key_1')).toBe(false);
    expect(bytesBeside(path)).not.toContain('S3NT1NEL');
    expect(store.get('resp_2', 'key_1')).not.toBeNull();
  });
});

describe('how much is kept', () => {
  it('is no more than there is room for: the oldest go', () => {
    const { store, path } = open(undefined, { maxBytes: 1_000_000 });
    for (let index = 0; index < 100; index++) {
      expect(store.put(turn(`r${index}`, { input: [message('x'.repeat(50_000))] }))).toBe('stored');
    }
    const kept = Array.from({ length: 100 }, (_, index) => store.get(`r${index}`, 'key_1') !== null);
    const first = kept.indexOf(true);
    expect(kept).toEqual(kept.map((_, index) => index >= first));
    expect(100 - first).toBeGreaterThan(15);
    store.close();
    expect(statSync(path).size).toBeLessThan(1_100_000);
  });

  it('shrinks when the room does', async () => {
    const opened = open();
    for (let index = 0; index < 1000; index++) {
      opened.store.put(turn(`r${index}`, { input: [message('x'.repeat(10_000))] }));
    }
    opened.rules = { ...RULES, maxBytes: 1_000_000 };
    await until(() => statSync(opened.path).size <= 1_000_000);
    expect(opened.store.get('r999', 'key_1')).not.toBeNull();
    expect(opened.store.get('r0', 'key_1')).toBeNull();
  });
});

describe('the file of the responses', () => {
  it('lies in the data folder', () => {
    expect(responsesPath(findPlaces({ LLMGW_HOME: '/x' }, 'linux'))).toBe('/x/data/responses.db');
  });

  it('is not made before something is kept', () => {
    const { store, path } = open();
    expect(store.get('resp_1', null)).toBeNull();
    expect(store.chain('resp_1', null)).toBeNull();
    expect(store.delete('resp_1', null)).toBe(false);
    expect(existsSync(path)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('is for its owner alone, whatever it was before', () => {
    const { store, path } = open();
    store.put(turn('resp_1'));
    const names = readdirSync(join(path, '..'));
    expect(names.sort()).toEqual(['responses.db', 'responses.db-shm', 'responses.db-wal']);
    expect(names.map((name) => statSync(join(path, '..', name)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    store.close();
    chmodSync(path, 0o644);
    open(path).store.put(turn('resp_2'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is not touched while the store is off', async () => {
    const path = join(temporaryFolder(), 'responses.db');
    const off = open(path, { store: 'off' });
    expect(off.store.put(turn('resp_1'))).toBe('off');
    expect(off.store.get('resp_1', 'key_1')).toBeNull();
    expect(off.store.chain('resp_1', 'key_1')).toBeNull();
    expect(off.store.delete('resp_1', 'key_1')).toBe(false);
    await delay(20);
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  it('is let go of when the store is turned off, and taken up again', () => {
    const opened = open();
    opened.store.put(turn('resp_1'));
    opened.rules = { ...RULES, store: 'off' };
    expect(opened.store.get('resp_1', 'key_1')).toBeNull();
    expect(readdirSync(join(opened.path, '..'))).toEqual(['responses.db']);
    opened.rules = RULES;
    expect(opened.store.get('resp_1', 'key_1')).not.toBeNull();
  });

  it('takes nothing more once it is closed', () => {
    const { store, path } = open();
    store.put(turn('resp_1'));
    store.close();
    store.close();
    expect(store.put(turn('resp_2'))).toBe('off');
    expect(readdirSync(join(path, '..'))).toEqual(['responses.db']);
  });
});

describe('a file that cannot be used', () => {
  it.each([
    ['is no database', (path: string) => writeFileSync(path, 'not a database'.repeat(50))],
    ['is half a header', (path: string) => truncateSync(path, 60)],
    ['ends in the middle of a page', (path: string) => truncateSync(path, 6_000)],
    ['is garbled from its first table on', (path: string) => writeFileSync(path, garbled(readFileSync(path), 4_096))],
    ['is of another format', (path: string) => setVersion(path, 99)],
  ])('because it %s is begun anew, with nothing kept of it', (_, spoil) => {
    const first = open();
    for (const id of ['a', 'b']) first.store.put(turn(id));
    first.store.close();
    spoil(first.path);
    const { store, path, lines } = open(first.path);
    expect(store.get('a', 'key_1')).toBeNull();
    expect(store.put(turn('c'))).toBe('stored');
    expect(store.get('c', 'key_1')).not.toBeNull();
    expect(store.status()).toEqual({ path, problem: null });
    expect(lines.map(({ level }) => level)).toEqual(['warn']);
    expect(readdirSync(join(path, '..')).filter((name) => !name.startsWith('responses.db'))).toEqual([]);
  });

  it('because it is garbled while it is used is begun anew', () => {
    const { store, path, lines } = open();
    // More than SQLite keeps in memory, and more than is checked when it is opened.
    for (let index = 0; index < 40; index++) {
      store.put(turn(`r${index}`, { input: [message('x'.repeat(200_000))] }));
    }
    store.close();
    writeFileSync(path, garbled(readFileSync(path), 8_192));
    const again = openResponseStore({
      path,
      rules: () => RULES,
      now: () => NOW,
      logger: recordingLogger().logger,
      tidyEveryMs: 60_000,
    });
    onTestFinished(() => again.close());
    const found = Array.from({ length: 40 }, (_, index) => again.get(`r${index}`, 'key_1'));
    expect(found).toContain(null);
    expect(again.put(turn('new'))).toBe('stored');
    expect(again.get('new', 'key_1')).not.toBeNull();
    expect(again.status().problem).toBeNull();
    expect(lines).toEqual([]);
  });

  it("because it is another program's is left as it is, and told of", () => {
    const path = join(temporaryFolder(), 'responses.db');
    const connection = new Database(path);
    connection.exec('CREATE TABLE theirs (x)');
    connection.close();
    const before = readFileSync(path);
    const { store, lines } = open(path);
    expect(store.put(turn('a'))).toBe('failed');
    expect(() => store.get('a', 'key_1')).toThrow(GatewayError);
    expect(store.status().problem).toContain('another program');
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('because another program has locked it is told of, and used when it is free', async () => {
    const opened = open();
    opened.store.put(turn('a'));
    const other = new Database(opened.path);
    other.exec('BEGIN IMMEDIATE');
    expect(opened.store.put(turn('b'))).toBe('failed');
    expect(opened.store.status().problem).toContain('locked');
    const ask = () => opened.store.get('a', 'key_1');
    expect(ask).toThrow(expect.objectContaining({ code: 'ledger_unavailable', status: 503 }) as Error);
    other.exec('ROLLBACK');
    other.close();
    await until(() => opened.store.put(turn('b')) === 'stored');
    expect(opened.store.status().problem).toBeNull();
    expect(ask()).not.toBeNull();
    const told = opened.lines.map(({ level }) => level);
    expect(told.filter((level) => level === 'error')).toHaveLength(1);
  });

  it('because its folder cannot be written in is told of', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file', 'responses.db');
    writeFileSync(join(folder, 'file'), '');
    const { store } = open(path);
    expect(store.put(turn('a'))).toBe('failed');
    expect(store.status().problem).not.toBeNull();
  });
});

function garbled(bytes: Buffer, from: number): Buffer {
  return Buffer.concat([bytes.subarray(0, from), Buffer.alloc(bytes.length - from, 0x5a)]);
}

function setVersion(path: string, version: number): void {
  const connection = new Database(path);
  connection.pragma(`user_version = ${version}`);
  connection.close();
}
