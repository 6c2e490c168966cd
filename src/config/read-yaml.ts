import { Composer, isAlias, isMap, isScalar, isSeq, Parser, visit } from 'yaml';
import type { Alias, CST, Document, Node, Pair, Scalar, YAMLMap } from 'yaml';
import type { ConfigPath, Finding } from './problem.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { explainSyntax } from './yaml-syntax.ts';

/** Deeper than any config is; what reads the file further is recursive. */
const MAX_DEPTH = 50;
/** Nodes after every alias has been put in; more is a bomb or a mistake. */
const MAX_NODES = 100_000;

export interface YamlFile {
  /** `null`: the file is empty or holds only comments. */
  readonly tree: Tree | null;
  readonly findings: readonly Finding[];
  /** Keys that stand in one map again, where that is allowed: the last counts. */
  readonly repeated: readonly Finding[];
}

/** What a key means that stands in one map twice: a mistake, or what its last place says (as PyYAML has it). */
type RepeatedKeys = 'wrong' | 'last counts';

/**
 * YAML 1.2 with anchors, aliases and merge keys (`<<`). Its own walk over the parsed nodes, since every value must be
 * found again in the text, and since the library checks duplicate keys in quadratic time.
 */
export function readYaml(text: string, repeatedKeys: RepeatedKeys = 'wrong'): YamlFile {
  const tokens = [...new Parser().parse(text)];
  // Composing is recursive: the depth is checked on the tokens, which are not read recursively.
  const tooDeep = tokenBelow(tokens, MAX_DEPTH);
  if (tooDeep !== null) {
    const message = `is nested more than ${MAX_DEPTH} levels deep; a config needs six`;
    return { tree: null, findings: [{ at: tooDeep, path: [], message }], repeated: [] };
  }
  const options = { prettyErrors: false, strict: true, uniqueKeys: false, version: '1.2', schema: 'core' } as const;
  const documents = [...new Composer(options).compose(tokens, true, text.length)];
  const [document, second] = documents;
  if (document === undefined) return { tree: null, findings: [], repeated: [] };
  const findings = explainSyntax([...document.errors, ...document.warnings], text);
  if (second !== undefined) {
    const message = 'starts a second document in the file; keep one, without `---` or `...` between';
    findings.push({ at: second.range[0], path: [], message });
  }
  // After a mistake of syntax the rest is guessed: what would be said about it is noise.
  if (findings.length > 0 || document.contents === null) return { tree: null, findings, repeated: [] };
  const walk = new Walk(document, repeatedKeys);
  const tree = walk.read(document.contents, []);
  if (walk.tooLarge !== null) return { tree: null, findings: [walk.tooLarge], repeated: [] };
  const empty = tree.kind === 'scalar' && tree.value === null && walk.findings.length === 0;
  return { tree: empty ? null : tree, findings: walk.findings, repeated: walk.repeated };
}

/** The offset of a token that lies deeper than `limit`, found without recursion. */
function tokenBelow(tokens: readonly CST.Token[], limit: number): number | null {
  const open: [CST.Token, number][] = tokens.map((token) => [token, 0]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next;
    if (depth > limit) return 'offset' in token ? token.offset : 0;
    if (token.type === 'document' && token.value) open.push([token.value, depth + 1]);
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key) open.push([key, depth + 1]);
      if (value) open.push([value, depth + 1]);
    }
  }
  return null;
}

class Walk {
  readonly findings: Finding[] = [];
  readonly repeated: Finding[] = [];
  /** Set once the limits are passed: what the walk finds after that is not worth saying. */
  tooLarge: Finding | null = null;
  readonly #aliased: ReadonlyMap<Alias, Node>;
  readonly #repeatedKeys: RepeatedKeys;
  #nodes = 0;

  constructor(document: Document.Parsed, repeatedKeys: RepeatedKeys) {
    this.#aliased = aliasedNodes(document);
    this.#repeatedKeys = repeatedKeys;
  }

  read(node: Node | null, path: ConfigPath, depth = 0, aroundAt = 0): Tree {
    const at = node?.range?.[0] ?? aroundAt;
    this.#nodes++;
    if (this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      this.tooLarge ??= { at, path: path.slice(0, 1), message: TOO_LARGE };
      return { kind: 'scalar', at, value: null, written: '' };
    }
    if (isAlias(node)) return this.#readAlias(node, path, depth, at);
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.read(item as Node | null, [...path, index], depth + 1, at));
      return { kind: 'list', at, items };
    }
    if (isMap(node)) return { kind: 'map', at, entries: this.#readMap(node, path, depth, at) };
    if (isScalar(node)) return { kind: 'scalar', at, value: scalarValue(node), written: node.source ?? '' };
    return { kind: 'scalar', at, value: null, written: '' };
  }

  #readAlias(alias: Alias, path: ConfigPath, depth: number, at: number): Tree {
    const target = this.#aliased.get(alias);
    if (target !== undefined) return { ...this.read(target, path, depth + 1, at), at };
    const name = alias.source;
    const message =
      `uses \`*${name}\`, which stands for nothing; put \`&${name}\` before the value that it repeats, ` +
      'or quotes around it if it is a text';
    this.findings.push({ at, path, message });
    return { kind: 'scalar', at, value: null, written: '' };
  }

  #readMap(map: YAMLMap, path: ConfigPath, depth: number, at: number): Map<string, TreeEntry> {
    const entries = new Map<string, TreeEntry>();
    const merged: TreeEntry[] = [];
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const keyAt = pair.key.range?.[0] ?? at;
      const key = this.#readKey(pair.key, path, keyAt);
      if (key === null) continue;
      const value = this.read(pair.value, [...path, key], depth + 1, keyAt);
      if (key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') merged.push({ keyAt, value });
      else if (!entries.has(key)) entries.set(key, { keyAt, value });
      else if (this.#repeatedKeys === 'wrong') this.findings.push({ at: keyAt, path: [...path, key], message: TWICE });
      else {
        this.repeated.push({ at: keyAt, path: [...path, key], message: TWICE });
        entries.set(key, { keyAt, value });
      }
    }
    for (const merge of merged) this.#merge(entries, merge, path);
    return entries;
  }

  #readKey(key: Node, path: ConfigPath, at: number): string | null {
    const text = isScalar(key) ? (key.source ?? '') : null;
    // Plain data in JavaScript cannot hold this key safely, and nobody needs it.
    if (text !== null && text !== '__proto__') return text;
    this.findings.push({ at, path, message: 'has a key that is not a plain word' });
    return null;
  }

  /** What the map says itself counts before what it merges; of several, the first. */
  #merge(entries: Map<string, TreeEntry>, { keyAt, value }: TreeEntry, path: ConfigPath): void {
    for (const source of value.kind === 'list' ? value.items : [value]) {
      if (source.kind !== 'map') {
        this.findings.push({ at: keyAt, path: [...path, '<<'], message: NOT_MERGEABLE });
        continue;
      }
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
  }
}

/** What each alias stands for: the last value before it that has its anchor. */
function aliasedNodes(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const aliased = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      const target = isAlias(node) ? anchors.get(node.source) : undefined;
      if (isAlias(node) && target !== undefined) aliased.set(node, target);
      else if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return aliased;
}

const TOO_LARGE = 'is too large, or holds itself, once its aliases are put in; write it out';
const NOT_MERGEABLE = 'merges something that is no map; write `<<: *name`';
const TWICE = 'stands twice in the same map; keep one of them';

function scalarValue(node: Scalar): string | number | boolean | null {
  const { value } = node;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
      return null;
  }
}
