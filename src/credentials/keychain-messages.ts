/** What the daemon or a command asks of the process that talks to the keychain (keychain-child.ts). */
export type KeychainQuestion =
  | { readonly kind: 'read'; readonly account: string }
  | { readonly kind: 'write'; readonly account: string; readonly text: string }
  | { readonly kind: 'remove'; readonly account: string };

/** What that process answers. `message` is in the words of the system's library, and holds no key. */
export type KeychainReply =
  | { readonly kind: 'found'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'no_library'; readonly message: string };

/** `timed_out`: the limit passed and the process was ended; `message` says after how long. */
export type KeychainAnswer =
  | KeychainReply
  | { readonly kind: 'timed_out'; readonly limitMs: number }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Asks the keychain. One question at a time for the process: others wait for their turn. The limit counts from the
 * beginning of the turn. Never rejects.
 */
export interface KeychainCaller {
  ask(question: KeychainQuestion, limitMs: number): Promise<KeychainAnswer>;
}
