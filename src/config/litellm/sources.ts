import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { lineOf, locateFindings, startsOfLines } from '../problem.ts';
import type { ConfigPath } from '../problem.ts';
import { ConfigError } from '../problem.ts';
import { aboutFile } from '../read-file.ts';
import type { ConfigText } from '../read-file.ts';
import { readYaml } from '../read-yaml.ts';
import type { Tree, TreeEntry, TreeMap } from '../tree.ts';
import type { Notes, Place } from './note.ts';

/** LiteLLM's file and those that it includes, as one tree. Offsets count through all files, one behind the other. */
export interface Sources {
  readonly tree: TreeMap;
  readonly placeOf: (at: number) => Place;
}

const MAX_DEPTH = 5;
const MAX_FILES = 50;

/**
 * Reads the file and what it includes. LiteLLM's rule: lists are put together, any other key of an included file takes
 * the place of the same key. Throws `ConfigError` for what is no YAML, and for an included file that cannot be read:
 * models would be missing.
 */
export function readSources(main: ConfigText, readInclude: (path: string) => ConfigText, notes: Notes): Sources {
  const reader = new Reader(main, readInclude, notes);
  const tree = reader.read(main, [resolve(main.file)]);
  if (tree === null) throw aboutFile(main.file, 'is no map of keys; write `model_list:` and what follows');
  return { tree, placeOf: (at) => reader.placeOf(at) };
}

interface Part {
  readonly file: string;
  /** The offset of its first character among all files. */
  readonly from: number;
  readonly lineStarts: readonly number[];
}

class Reader {
  readonly #folder: string;
  readonly #readInclude: (path: string) => ConfigText;
  readonly #notes: Notes;
  readonly #parts: Part[] = [];
  #length = 0;

  constructor(main: ConfigText, readInclude: (path: string) => ConfigText, notes: Notes) {
    this.#folder = dirname(resolve(main.file));
    this.#readInclude = readInclude;
    this.#notes = notes;
  }

  /** `null`: it is empty, or no map. `trail`: the files that led here, itself last. */
  read({ file, text }: ConfigText, trail: readonly string[]): TreeMap | null {
    const from = this.#length;
    this.#length += text.length + 1;
    this.#parts.push({ file, from, lineStarts: startsOfLines(text) });
    const { tree: read, findings, repeated } = readYaml(text, 'last counts');
    if (findings.length > 0) throw new ConfigError(locateFindings(file, text, findings));
    for (const { at, path } of repeated) {
      const message = 'stands twice in the same map; the last one counts, as LiteLLM has it';
      this.#notes.add('reading', { at: from + at, path }, message);
    }
    if (read?.kind !== 'map') return null;
    const tree = moved(read, from);
    return tree.kind === 'map' ? this.#withIncluded(tree, trail) : null;
  }

  placeOf(at: number): Place {
    const part = this.#parts.findLast(({ from }) => from <= at) ?? { file: '', from: 0, lineStarts: [0] };
    const line = lineOf(part.lineStarts, at - part.from);
    return { file: part.file, line, column: at - part.from - (part.lineStarts[line - 1] ?? 0) + 1 };
  }

  #withIncluded(tree: TreeMap, trail: readonly string[]): TreeMap {
    const include = tree.entries.get('include');
    if (include === undefined) return tree;
    const entries = new Map(tree.entries);
    entries.delete('include');
    const named = include.value.kind === 'list' ? include.value.items : [include.value];
    for (const [index, item] of named.entries()) {
      const included = this.#include(item, ['include', index], trail);
      for (const [key, entry] of included?.entries ?? []) entries.set(key, joined(entries.get(key), entry));
    }
    return { ...tree, entries };
  }

  #include(item: Tree, path: ConfigPath, trail: readonly string[]): TreeMap | null {
    const name = item.kind === 'scalar' && typeof item.value === 'string' ? item.value : null;
    const skip = (why: string): null => {
      this.#notes.add('ignored', { at: item.at, path }, why);
      return null;
    };
    if (name === null) return skip('is no name of a file, so nothing is included');
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) return skip('is an address; only files of this machine are included');
    const file = resolve(dirname(trail.at(-1) ?? this.#folder), name);
    if (!isAbsolute(name) && isOutside(this.#folder, file)) {
      return skip("leaves the config's folder, so it is not included; write the whole path if it is meant");
    }
    if (trail.includes(file)) return skip('includes itself in the end, so it is not read again');
    if (trail.length > MAX_DEPTH) return skip(`is included more than ${MAX_DEPTH} files deep, so it is not read`);
    if (this.#parts.length >= MAX_FILES) return skip(`is not read: ${MAX_FILES} files are the most`);
    return this.read(this.#readInclude(file), [...trail, file]) ?? skip('is no map of keys, so nothing is included');
  }
}

function isOutside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function joined(entry: TreeEntry | undefined, included: TreeEntry): TreeEntry {
  if (entry?.value.kind !== 'list' || included.value.kind !== 'list') return included;
  return { ...entry, value: { ...entry.value, items: [...entry.value.items, ...included.value.items] } };
}

/** The tree with every offset so much further on. */
function moved(tree: Tree, by: number): Tree {
  if (by === 0) return tree;
  const at = tree.at + by;
  if (tree.kind === 'list') return { ...tree, at, items: tree.items.map((item) => moved(item, by)) };
  if (tree.kind === 'scalar') return { ...tree, at };
  const entries = Array.from(tree.entries, ([key, { keyAt, value }]) => {
    return [key, { keyAt: keyAt + by, value: moved(value, by) }] as const;
  });
  return { ...tree, at, entries: new Map(entries) };
}
