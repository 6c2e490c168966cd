import { existsSync } from 'node:fs';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import type { Logger } from '../../std/log.ts';
import { isDamage, isFaultOfSystem, sqliteCode } from '../ledger-errors.ts';
import { listedItem, pageOfItems } from './item-list.ts';
import type { ItemList, ItemQuery } from './item-list.ts';
import { openResponseFile, removeResponseFile, ResponsesForeignError } from './response-file.ts';
import { ResponseRows, textsOf } from './response-rows.ts';
import type {
  PutResult,
  ResponseStore,
  ResponseStoreRules,
  ResponseStoreStatus,
  ResponseToStore,
  StoredResponse,
} from './response-store.ts';

export interface ResponseStoreOptions {
  readonly path: string;
  readonly rules: () => ResponseStoreRules;
  readonly logger: Logger;
  /** UTC milliseconds. */
  readonly now?: () => number;
  /** How often what is too old is looked for; default a minute. */
  readonly tidyEveryMs?: number;
}

/** A larger response would hold every request up for more than 100 ms while it is written. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/** And none may push out more than this part of the others. */
const SHARE_OF_ROOM = 4;
/** Turns of one conversation, and their bytes: no model reads more. */
const MAX_CHAIN = 10_000;
const MAX_CHAIN_BYTES = 64 * 1024 * 1024;
const TIDY_EVERY_MS = 60_000;
/** A file that could not be used is not tried again before. */
const RETRY_MS = 1_000;

/** The store in a file of its own, which is opened, and made, when it is first needed. */
export function openResponseStore(options: ResponseStoreOptions): ResponseStore {
  return new SqliteResponseStore(options);
}

class SqliteResponseStore implements ResponseStore {
  readonly #path: string;
  readonly #rules: () => ResponseStoreRules;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #rows: ResponseRows | null = null;
  #problem: string | null = null;
  #retryDue = 0;
  #isTidying = false;
  #isClosed = false;

  constructor({ path, rules, logger, now = Date.now, tidyEveryMs = TIDY_EVERY_MS }: ResponseStoreOptions) {
    this.#path = path;
    this.#rules = rules;
    this.#logger = logger;
    this.#now = now;
    this.#timer = setInterval(() => this.#tidy(), tidyEveryMs);
    this.#timer.unref();
  }

  keeps(): boolean {
    return this.#isOn() && this.#problem === null;
  }

  put(response: ResponseToStore): PutResult {
    const { maxBytes } = this.#rules();
    if (!this.#isOn()) return 'off';
    const texts = textsOf(response);
    if (texts.bytes > Math.min(MAX_RESPONSE_BYTES, maxBytes / SHARE_OF_ROOM)) return 'too_large';
    const result = this.#use((rows): PutResult => {
      rows.put(response, texts);
      rows.deleteOldest(maxBytes);
      if (rows.usedBytes() > maxBytes) setImmediate(() => this.#tidy());
      return 'stored';
    });
    return result ?? 'failed';
  }

  get(id: string, keyId: string | null): StoredResponse | null {
    return this.#read((rows) => rows.get(id, keyId, this.#expiry()))?.stored ?? null;
  }

  chain(id: string, keyId: string | null): readonly JsonObject[] | null {
    const links = this.#read((rows) => this.#linksTo(rows, id, keyId));
    if (links === null || links.at(-1)?.previousId !== null) return null;
    return links.reverse().flatMap(({ input, response }) => [...input, ...outputOf(response)]);
  }

  inputItems(id: string, keyId: string | null, query: ItemQuery): ItemList | null {
    const links = this.#read((rows) => this.#linksTo(rows, id, keyId));
    if (links === null || links.length === 0) return null;
    // What went before is part of what a response is made from; where its beginning is gone, the rest is listed.
    const items = links.reverse().flatMap(({ id: ownId, input, response }, index) => {
      const said = index === links.length - 1 ? input : [...input, ...outputOf(response)];
      return said.map((item, place) => listedItem(item, ownId, place));
    });
    return pageOfItems(items, query);
  }

  delete(id: string, keyId: string | null): boolean {
    const wasThere = this.#read((rows) => {
      // One that is too old to be asked for is still deleted, and said to be gone.
      const isThere = rows.get(id, keyId, this.#expiry()) !== null;
      if (rows.delete(id, keyId)) rows.clearLog();
      return isThere;
    });
    return wasThere ?? false;
  }

  status(): ResponseStoreStatus {
    return { path: this.#path, problem: this.#problem };
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#closeFile();
  }

  /** The responses of a conversation, the last one first, up to the first one or to one that is not there. */
  #linksTo(rows: ResponseRows, id: string, keyId: string | null): StoredResponse[] {
    const links: StoredResponse[] = [];
    const expiry = this.#expiry();
    let bytes = 0;
    let next: string | null = id;
    while (next !== null) {
      const found = rows.get(next, keyId, expiry);
      if (found === null) return links;
      links.push(found.stored);
      bytes += found.bytes;
      if (links.length > MAX_CHAIN || bytes > MAX_CHAIN_BYTES) throw tooLong(id);
      next = found.stored.previousId;
    }
    return links;
  }

  /** What was made then, or before, is not there any more. */
  #expiry(): number {
    return this.#now() - this.#rules().keepMs;
  }

  #isOn(): boolean {
    if (this.#isClosed) return false;
    if (this.#rules().store === 'on') return true;
    this.#closeFile();
    this.#problem = null;
    return false;
  }

  /** `null`: nothing is kept. Throws when something may be and cannot be read. */
  #read<Result>(work: (rows: ResponseRows) => Result): Result | null {
    if (!this.#isOn()) return null;
    // A store that has kept nothing yet has no file, and needs none to say so.
    if (this.#rows === null && this.#problem === null && !existsSync(this.#path)) return null;
    const done = this.#use((rows) => ({ result: work(rows) }));
    if (done !== null) return done.result;
    throw new GatewayError('ledger_unavailable', `The stored responses cannot be read: ${this.#problem ?? ''}.`, {
      hint: 'Send the whole conversation as `input`, without previous_response_id.',
    });
  }

  /** `null`: the disk, another program's lock or the file itself does not let us; the log and the status say why. */
  #use<Result>(work: (rows: ResponseRows) => Result): Result | null {
    if (this.#problem !== null && performance.now() < this.#retryDue) return null;
    try {
      return this.#wellDone(work(this.#openedRows()));
    } catch (error) {
      if (!isDamage(error)) return this.#unusable(error);
      this.#beginAnew(error);
    }
    try {
      return this.#wellDone(work(this.#openedRows()));
    } catch (error) {
      return this.#unusable(error);
    }
  }

  #wellDone<Result>(result: Result): Result {
    if (this.#problem !== null) this.#logger.info('responses can be kept again');
    this.#problem = null;
    return result;
  }

  #openedRows(): ResponseRows {
    if (this.#rows !== null) return this.#rows;
    const { connection, begunAnew } = openResponseFile(this.#path);
    if (begunAnew) this.#logger.warn({ path: this.#path }, 'the stored responses could not be read; begun anew');
    this.#rows = new ResponseRows(connection);
    return this.#rows;
  }

  #beginAnew(error: unknown): void {
    this.#logger.warn({ err: error, path: this.#path }, 'the stored responses are damaged; they are begun anew');
    this.#closeFile();
    removeResponseFile(this.#path);
  }

  #unusable(error: unknown): null {
    if (!isNobodysBug(error)) throw error;
    if (this.#problem === null) this.#logger.error({ err: error, path: this.#path }, 'no response can be kept');
    this.#problem = problemOf(error, this.#path);
    this.#retryDue = performance.now() + RETRY_MS;
    return null;
  }

  #closeFile(): void {
    this.#rows?.close();
    this.#rows = null;
  }

  /** Deletes what is too old or too much, step by step, so that requests come in between. */
  #tidy(): void {
    if (this.#isTidying || !this.#isOn() || (this.#rows === null && !existsSync(this.#path))) return;
    this.#isTidying = true;
    this.#tidyStep(false);
  }

  #tidyStep(hasDeleted: boolean): void {
    const step = this.#isOn() ? this.#use((rows) => this.#tidySome(rows, hasDeleted)) : null;
    if (step === null || step === 'done') this.#isTidying = false;
    else setImmediate(() => this.#tidyStep(true));
  }

  #tidySome(rows: ResponseRows, hasDeleted: boolean): 'more' | 'done' {
    const { keepMs, maxBytes } = this.#rules();
    if (rows.deleteOutOfTime(this.#expiry(), this.#now() + keepMs) > 0) return 'more';
    if (rows.deleteOldest(maxBytes) > 0) return 'more';
    if (rows.giveBack()) return 'more';
    if (hasDeleted) rows.clearLog();
    return 'done';
  }
}

/** What the system says of the file or its folder, SQLite says of its content, or we of its owner. */
function isNobodysBug(error: unknown): boolean {
  if (isFaultOfSystem(error) || error instanceof ResponsesForeignError) return true;
  return error instanceof Error && 'syscall' in error;
}

function outputOf(response: JsonObject): readonly JsonObject[] {
  const { output } = response;
  return Array.isArray(output) ? output.filter(isObject) : [];
}

function tooLong(id: string): GatewayError {
  const message = `The conversation that ends with ${id} is too long to go on with (${MAX_CHAIN} turns, 64 MB).`;
  return new GatewayError('request_too_large', message, {
    param: 'previous_response_id',
    hint: 'Begin a new one: send what is still needed as `input`, without previous_response_id.',
  });
}

function problemOf(error: unknown, path: string): string {
  const code = sqliteCode(error) ?? '';
  if (code.startsWith('SQLITE_FULL')) return `the disk is full: ${path} cannot be written`;
  if (code.startsWith('SQLITE_BUSY')) return `another program has locked ${path}`;
  return error instanceof Error ? error.message : String(error);
}
