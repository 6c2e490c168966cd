const MAX_CONVERSATIONS = 10_000;
const TTL_MS = 3_600_000;

interface Kept {
  readonly id: string;
  readonly at: number;
}

/**
 * Which deployment answered a conversation last, so that its prompt cache, its encrypted thoughts and its stored
 * answers are found again. Keys are short: whoever makes them hashes what is long. Times are UTC milliseconds.
 */
export class Stickiness {
  readonly #kept = new Map<string, Kept>();
  readonly #maxConversations: number;
  readonly #ttlMs: number;

  constructor({ maxConversations = MAX_CONVERSATIONS, ttlMs = TTL_MS } = {}) {
    this.#maxConversations = maxConversations;
    this.#ttlMs = ttlMs;
  }

  /** The deployment's id; `null`: none within the time that it is kept. */
  find(key: string, now: number): string | null {
    const kept = this.#kept.get(key);
    if (kept === undefined) return null;
    if (now - kept.at <= this.#ttlMs) return kept.id;
    this.#kept.delete(key);
    return null;
  }

  /** After every answer: the time begins anew, and of too many conversations the one silent longest is forgotten. */
  keep(key: string, id: string, now: number): void {
    // Behind all others, so that the first one is the one that is silent longest.
    this.#kept.delete(key);
    this.#kept.set(key, { id, at: now });
    if (this.#kept.size > this.#maxConversations) this.#forgetFirst();
  }

  #forgetFirst(): void {
    for (const key of this.#kept.keys()) {
      this.#kept.delete(key);
      return;
    }
  }
}
