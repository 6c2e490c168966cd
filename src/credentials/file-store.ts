import { join } from 'node:path';
import { writeFileAtomically } from '../std/atomic-write.ts';
import { z } from '../std/schema.ts';
import { Secret } from '../std/secret.ts';
import { StoreTroubleError, type KeyStore, type StoreTrouble } from './key-store.ts';
import { MAX_BYTES, readIfThere, removeIfThere } from './own-files.ts';
import { keyFromPassword, newKey, newPasswordOrigin, open, originOf, seal, type KeyOrigin } from './sealed-file.ts';
import { withFileLock } from './with-file-lock.ts';
import { parseJson } from '../std/parse-json.ts';

export const PASSWORD_VARIABLE = 'LLMGW_MASTER_PASSWORD';
const FILE = 'credentials.enc';
const KEY_FILE = 'credentials.key';
export const LOCK_FILE = 'credentials.lock';

const CONTENT = z.strictObject({ v: z.literal(1), keys: z.record(z.string(), z.string()) });

/** Keys by account. */
type Keys = ReadonlyMap<string, string>;

export interface FileStore extends KeyStore {
  /** Every account in it; what keeps it from being read. */
  accounts(): Promise<readonly string[] | StoreTrouble>;
  /** Whether storing a key puts all that are in it under a password, so that nobody reads them without it any more. */
  takesPasswordNext(): Promise<boolean>;
}

/**
 * Keys in an encrypted file of the data folder. Its own key lies in a file beside it, or is made of the password in
 * LLMGW_MASTER_PASSWORD. A file that was made without the password is taken over by it when a key is stored.
 */
export function fileStore(dataFolder: string, env: NodeJS.ProcessEnv): FileStore {
  const file = new EncryptedFile(dataFolder, env[PASSWORD_VARIABLE] ?? '');
  return {
    kind: 'file',
    read: async (account) => {
      const keys = await file.read();
      if ('why' in keys) return { kind: 'unreadable', trouble: keys };
      const text = keys.get(account);
      return text === undefined ? { kind: 'missing' } : { kind: 'found', secret: new Secret(text) };
    },
    write: async (account, secret) => {
      await file.change((keys) => new Map([...keys, [account, secret.reveal()]]), 'as_wanted');
    },
    remove: async (account) => {
      let removed = false;
      await file.change((keys) => {
        removed = keys.has(account);
        return removed ? new Map([...keys].filter(([one]) => one !== account)) : keys;
      }, 'as_before');
      return removed;
    },
    accounts: async () => {
      const keys = await file.read();
      return 'why' in keys ? keys : [...keys.keys()];
    },
    takesPasswordNext: () => file.takesPasswordNext(),
  };
}

/** A key, and how it was come by. */
interface Opener {
  readonly key: Buffer;
  readonly origin: KeyOrigin;
}

class EncryptedFile {
  readonly #path: string;
  readonly #keyPath: string;
  readonly #lockPath: string;
  readonly #password: string;
  /** Making a key of a password takes half a second: it is made once for a salt. */
  #derived: { readonly salt: string; readonly opener: Opener } | null = null;

  constructor(folder: string, password: string) {
    this.#path = join(folder, FILE);
    this.#keyPath = join(folder, KEY_FILE);
    this.#lockPath = join(folder, LOCK_FILE);
    this.#password = password;
  }

  async takesPasswordNext(): Promise<boolean> {
    if (this.#password === '') return false;
    const keys = await this.read();
    if ('why' in keys || keys.size === 0) return false;
    const sealed = readIfThere(this.#path);
    const named = sealed === null ? null : originOf(sealed);
    return named !== null && 'origin' in named && named.origin.kdf === 'key-file';
  }

  async read(): Promise<Keys | StoreTrouble> {
    try {
      const sealed = readIfThere(this.#path);
      if (sealed === null) return new Map();
      const opener = await this.#openerOf(sealed);
      return 'why' in opener ? opener : this.#open(sealed, opener);
    } catch (error) {
      if (error instanceof StoreTroubleError) return error.trouble;
      throw error;
    }
  }

  /** What cannot be read is never written over: other keys may be in it. */
  async change(update: (keys: Keys) => Keys, protect: 'as_before' | 'as_wanted'): Promise<void> {
    await withFileLock(this.#lockPath, async () => {
      const sealed = readIfThere(this.#path);
      const before = sealed === null ? null : await this.#openerOf(sealed);
      if (before !== null && 'why' in before) throw new StoreTroubleError(before);
      const keys = sealed === null || before === null ? new Map<string, string>() : this.#open(sealed, before);
      if ('why' in keys) throw new StoreTroubleError(keys);
      const changed = update(keys);
      if (changed === keys) return;
      const opener = protect === 'as_before' && before !== null ? before : await this.#openerForWriting(before);
      const content = Buffer.from(JSON.stringify({ v: 1, keys: Object.fromEntries(changed) }));
      const bytes = seal(content, opener.key, opener.origin);
      if (bytes.length > MAX_BYTES) throw new StoreTroubleError(this.#full());
      writeFileAtomically(this.#path, bytes);
      // Nothing is left that it opens.
      if (opener.origin.kdf === 'scrypt') removeIfThere(this.#keyPath);
    });
  }

  async #openerForWriting(before: Opener | null): Promise<Opener> {
    if (before !== null && (before.origin.kdf === 'scrypt' || this.#password === '')) return before;
    if (this.#password !== '') return this.#fromPassword(newPasswordOrigin());
    const key = this.#keyInFile();
    if (key !== null && 'why' in key) throw new StoreTroubleError(key);
    if (key !== null) return { key, origin: { kdf: 'key-file' } };
    const made = newKey();
    writeFileAtomically(this.#keyPath, `${made.toString('hex')}\n`);
    return { key: made, origin: { kdf: 'key-file' } };
  }

  async #openerOf(sealed: Buffer): Promise<Opener | StoreTrouble> {
    const named = originOf(sealed);
    if ('kind' in named) return this.#damaged(named.kind === 'damaged' ? named.what : 'its key is another');
    if (named.origin.kdf === 'scrypt') {
      if (this.#password !== '') return this.#fromPassword(named.origin);
      return {
        kind: 'locked',
        why: `${this.#path} is protected by a password, and ${PASSWORD_VARIABLE} is not set.`,
        hint: `Set ${PASSWORD_VARIABLE} where llmgw is started.`,
        offer: null,
      };
    }
    const key = this.#keyInFile();
    if (key !== null) return 'why' in key ? key : { key, origin: named.origin };
    return this.#unreadable(`${this.#keyPath}, the key of ${this.#path}, is missing`);
  }

  async #fromPassword(origin: KeyOrigin): Promise<Opener> {
    if (origin.kdf !== 'scrypt') throw new Error('no password goes with this file');
    if (this.#derived?.salt === origin.salt) return this.#derived.opener;
    const opener = { key: await keyFromPassword(this.#password, origin), origin };
    this.#derived = { salt: origin.salt, opener };
    return opener;
  }

  #keyInFile(): Buffer | StoreTrouble | null {
    const text = readIfThere(this.#keyPath)?.toString('latin1').trim();
    if (text === undefined) return null;
    if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
    return this.#unreadable(`${this.#keyPath} does not hold a key`);
  }

  #open(sealed: Buffer, { key, origin }: Opener): Keys | StoreTrouble {
    const opened = open(sealed, key);
    switch (opened.kind) {
      case 'opened':
        return parseContent(opened.content) ?? this.#damaged('what is in it is not understood');
      case 'damaged':
        return this.#damaged(opened.what);
      case 'wrong_key':
        if (origin.kdf === 'key-file') return this.#unreadable(`${this.#keyPath} is not the key of ${this.#path}`);
        return {
          kind: 'locked',
          why: `The password in ${PASSWORD_VARIABLE} is not the one of ${this.#path}.`,
          hint: 'Set it to the one that the keys were stored with.',
          offer: null,
        };
    }
  }

  #full(): StoreTrouble {
    const why = `${this.#path} would become larger than ${MAX_BYTES} bytes.`;
    return { kind: 'full', why, hint: 'No key is that long: what was to be stored is something else.', offer: null };
  }

  #damaged(what: string): StoreTrouble {
    return this.#unreadable(`${this.#path} is damaged: ${what}`);
  }

  #unreadable(what: string): StoreTrouble {
    const hint = 'Put it back from a backup, or remove it and store the keys again with `llmgw auth add`.';
    return { kind: 'damaged', why: `${what}.`, hint, offer: null };
  }
}

function parseContent(content: Buffer): Keys | null {
  const parsed = CONTENT.safeParse(parseJson(content.toString('utf8')));
  return parsed.success ? new Map(Object.entries(parsed.data.keys)) : null;
}
