import type { ConfigPath } from '../problem.ts';
import type { Tree } from '../tree.ts';
import { parseDuration } from '../units.ts';
import type { Feature, NoteKind, Notes } from './note.ts';
import { literalValue, valueOfVariable } from './value.ts';
import type { NativeMap, NativeValue, Value } from './value.ts';
import type { Variables } from './variables.ts';

const FROM_ENVIRONMENT = 'os.environ/';

export function notServed(what: string): string {
  return `asks for ${what}, which llmgw does not serve yet`;
}

/** What reading a value needs, and where it tells what it misses. */
export interface Desk {
  readonly notes: Notes;
  readonly variables: Variables;
  /** Keep what a variable that is not set would hold as a reference to it. */
  readonly keepMissing: boolean;
  /** A variable that the file names is not set. */
  readonly missing: (name: string, field: Field) => void;
}

export interface Bounds {
  readonly least?: number;
  readonly most?: number;
}

/** What the native form takes of most numbers. */
const MOST = 1_000_000_000;
const MOST_TAG_LENGTH = 256;
/** Node's timers do not go further. */
const LONGEST_MS = 24 * 86_400_000;

/** A value of LiteLLM's file with its key and place. What it cannot be read as is said once and left out. */
export class Field {
  readonly path: ConfigPath;
  readonly tree: Tree;
  readonly #desk: Desk;
  readonly #keyAt: number;

  constructor(desk: Desk, path: ConfigPath, tree: Tree, keyAt: number = tree.at) {
    this.#desk = desk;
    this.path = path;
    this.tree = tree;
    this.#keyAt = keyAt;
  }

  get key(): string {
    return String(this.path.at(-1) ?? '');
  }

  /** Nothing is asked for: `false`, `null`, `[]`, `{}`, an empty text. */
  get isOff(): boolean {
    const { tree } = this;
    if (tree.kind === 'scalar') return tree.value === false || tree.value === null || tree.value === '';
    return tree.kind === 'list' ? tree.items.length === 0 : tree.entries.size === 0;
  }

  /** Another value, as if it stood in the same part of the file: what it misses is missed there. */
  sharingDesk(other: Field): Field {
    return new Field(this.#desk, other.path, other.tree, other.#keyAt);
  }

  note(kind: NoteKind, message: string, meant?: string | null): void {
    this.#desk.notes.add(kind, { at: this.#keyAt, path: this.path }, message, meant);
  }

  /** Says that a part of LiteLLM is asked for, which is counted. */
  needs(state: 'later' | 'replaced', feature: Feature, message: string): void {
    this.#desk.notes.addNeed(feature, state, this.path);
    this.note(state, message);
  }

  asksFor(feature: Feature, what: string = feature): void {
    this.needs('later', feature, notServed(what));
  }

  /** A text, a number or a word as a text. `null`: there is none, which was said where it is a mistake. */
  value(): Value | null {
    if (this.tree.kind !== 'scalar') return this.#wrong('a text');
    const { value, written } = this.tree;
    if (value === null) return null;
    const text = typeof value === 'string' ? value : written;
    if (text.startsWith(FROM_ENVIRONMENT)) return this.#fromEnvironment(text.slice(FROM_ENVIRONMENT.length).trim());
    if (text.includes(FROM_ENVIRONMENT)) {
      this.note('ignored', 'has os.environ/ within a text, where it is no reference; it must be the whole value');
    }
    return literalValue(text);
  }

  /** A text that is known now; `null` also for one whose variable is not set. */
  text(): string | null {
    const text = this.value()?.text.trim() ?? '';
    return text === '' ? null : text;
  }

  number(): number | null {
    const text = this.text();
    if (text === null) return null;
    const number = Number(text.replaceAll('_', ''));
    return Number.isFinite(number) ? number : this.#wrong('a number');
  }

  /** A number within bounds; what lies beyond them is brought to the nearest that llmgw takes. */
  amount({ least = 0, most = MOST }: Bounds): number | null {
    const number = this.number();
    if (number === null) return null;
    return number < least && least <= 1 ? this.#wrong(`a number from ${least} on`) : this.#within(number, least, most);
  }

  /** The same for a whole number; a fraction is rounded up. */
  count(bounds: Bounds = {}): number | null {
    const amount = this.amount(bounds);
    return amount === null ? null : Math.ceil(amount);
  }

  /** Words for yes and no as YAML 1.1 has them, which LiteLLM's reader goes by. */
  boolean(): boolean | null {
    const word = this.text()?.toLowerCase();
    if (word === undefined) return null;
    if (['true', 'yes', 'on', '1'].includes(word)) return true;
    return ['false', 'no', 'off', '0'].includes(word) ? false : this.#wrong('true or false');
  }

  /** Milliseconds of a number of seconds, or of a text like `30s`. */
  milliseconds({ least = 0, most = LONGEST_MS }: Bounds = {}): number | null {
    const text = this.text();
    if (text === null) return null;
    const written = parseDuration(text) ?? Number(text) * 1000;
    if (!Number.isFinite(written) || written < 0) return this.#wrong('a number of seconds');
    return this.#within(Math.ceil(written), least, most);
  }

  /** The texts of a list; one text counts as a list of one. */
  texts(): string[] {
    return this.values().flatMap(({ text }) => (text.trim() === '' ? [] : [text.trim()]));
  }

  /** The same as the native form writes them. */
  written(): string[] {
    return this.values().flatMap(({ text, written }) => (text.trim() === '' ? [] : [written.trim()]));
  }

  /** Names of tags, as the native form takes them. */
  tags(): string[] {
    return this.values().flatMap(({ text, written }) => {
      const isTag = /^[^!&\s,\p{C}](?:[^,\p{C}]*[^,\s\p{C}])?$/u.test(text) && text.length <= MOST_TAG_LENGTH;
      if (!isTag && text !== '') this.note('ignored', 'has a tag that requests cannot ask for, so it is left out');
      return isTag ? [written] : [];
    });
  }

  values(): Value[] {
    if (this.tree.kind === 'scalar') return [this.value()].filter((value) => value !== null);
    return (this.items() ?? []).map((item) => item.value()).filter((value) => value !== null);
  }

  items(): Field[] | null {
    if (this.tree.kind !== 'list') return this.isOff ? null : this.#wrong('a list');
    return this.tree.items.map((item, index) => new Field(this.#desk, [...this.path, index], item));
  }

  /** What a map holds, by key. */
  fields(): Map<string, Field> | null {
    if (this.tree.kind !== 'map') return this.isOff ? null : this.#wrong('a map of keys and values');
    const fields = Array.from(this.tree.entries, ([key, { keyAt, value }]) => {
      return [key, new Field(this.#desk, [...this.path, key], value, keyAt)] as const;
    });
    return new Map(fields);
  }

  /** As plain data of the native form: references to the environment stay references. */
  plain(): NativeValue {
    switch (this.tree.kind) {
      case 'list':
        return this.tree.items.map((item, index) => new Field(this.#desk, [...this.path, index], item).plain());
      case 'map': {
        const plain: NativeMap = {};
        for (const [key, field] of this.fields() ?? []) plain[key] = field.plain();
        return plain;
      }
      case 'scalar':
        return typeof this.tree.value === 'string' ? (this.value()?.written ?? null) : this.tree.value;
    }
  }

  #within(number: number, least: number, most: number): number {
    if (number < least) this.note('reading', 'is less than llmgw takes; the least that it takes is used');
    if (number > most) this.note('reading', 'is more than llmgw takes; the most that it takes is used');
    return Math.min(most, Math.max(least, number));
  }

  /** Says that the value is not what it must be. */
  #wrong(what: string): null {
    if (!this.isOff) this.note('ignored', `is not ${what}, so it is not used`);
    return null;
  }

  #fromEnvironment(name: string): Value | null {
    if (name === '') {
      this.note('ignored', 'has os.environ/ without the name of a variable behind it, so it is not used');
      return null;
    }
    const text = this.#desk.variables.get(name);
    if (text !== null) return valueOfVariable(name, text);
    this.#desk.missing(name, this);
    return this.#desk.keepMissing ? valueOfVariable(name, '') : null;
  }
}
