import type { Secret } from '../std/secret.ts';

/** Where a key of the user's own is kept, in the order of precedence. */
export const STORE_KINDS = ['keychain', 'file'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/**
 * Why a store cannot be used now. `locked`: it will be readable once a person unlocks it or gives its password;
 * `unreachable`: there is none here; `damaged`: what it holds cannot be read any more; `full`: it takes no more.
 */
export interface StoreTrouble {
  readonly kind: 'locked' | 'unreachable' | 'damaged' | 'full';
  /** A sentence that says what it is. */
  readonly why: string;
  /** Sentences that say what to do. */
  readonly hint: string;
  /** Which other store there is and what it guards, for whoever is about to store a key; `null`: no other is better. */
  readonly offer: string | null;
}

export type KeyReading =
  | { readonly kind: 'found'; readonly secret: Secret }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly trouble: StoreTrouble };

/** A place that keeps keys by account (`openai`, `openai:work`). */
export interface KeyStore {
  readonly kind: StoreKind;
  /** Never rejects because of the store itself: its trouble is an answer. */
  read(account: string): Promise<KeyReading>;
  /** Throws `StoreTroubleError`. */
  write(account: string, secret: Secret): Promise<void>;
  /** Whether there was one. Throws `StoreTroubleError`. */
  remove(account: string): Promise<boolean>;
}

/** A store could not be written to, or not be read where an answer is needed. */
export class StoreTroubleError extends Error {
  readonly trouble: StoreTrouble;

  constructor(trouble: StoreTrouble, options: { cause?: unknown } = {}) {
    super(trouble.why, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StoreTroubleError';
    this.trouble = trouble;
  }
}

/** What a file guards that keeps keys without a keychain, for whoever is offered one. */
export const FILE_STORE_OFFER =
  '`--store file` keeps it in an encrypted file instead. With its key in a file of its own beside it, that guards a ' +
  'copied file or a backup, not against programs of your own account; only with a password in LLMGW_MASTER_PASSWORD ' +
  'does it guard a stolen disk.';
