import { createHash } from 'node:crypto';

const ALLOWED = /^[a-zA-Z0-9_-]{1,64}$/;
const ALLOWED_SHORT = /^[a-zA-Z0-9]{9}$/;

/**
 * The ids of one request's tool calls as Bedrock takes them: `[a-zA-Z0-9_-]{1,64}` (API_runtime_ToolUseBlock), each
 * once, and for Mistral's models nine letters or digits. The same request gives the same ids, so that its cached
 * beginning stays the same.
 */
export class ToolIds {
  readonly #allowed: RegExp;
  readonly #isShort: boolean;
  readonly #taken = new Set<string>();

  constructor(isShort: boolean) {
    this.#isShort = isShort;
    this.#allowed = isShort ? ALLOWED_SHORT : ALLOWED;
  }

  /** The id for a further call; some clients give two calls the same one. */
  next(id: string): string {
    if (this.#allowed.test(id) && !this.#taken.has(id)) {
      this.#taken.add(id);
      return id;
    }
    for (let number = 0; ; number++) {
      const other = this.#made(`${id}\n${number}`);
      if (this.#taken.has(other)) continue;
      this.#taken.add(other);
      return other;
    }
  }

  #made(text: string): string {
    const hash = createHash('sha256').update(text).digest('hex');
    return this.#isShort ? hash.slice(0, 9) : `tooluse_${hash.slice(0, 24)}`;
  }
}
