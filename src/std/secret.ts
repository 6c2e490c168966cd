import { inspect } from 'node:util';

const SHOWN = '[secret]';

/**
 * A text that must not be shown. Printing, serialising, inspecting or concatenating it gives `[secret]`;
 * the text itself comes only from `reveal()`, which is called where a request is signed, where a text is searched for
 * the key so as to hide it, where a digest tells keys apart, and where a key is shown on demand.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.toPrimitive](): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
