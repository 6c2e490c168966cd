import type { ConfigPath, Finding } from './problem.ts';
import { childrenOf, partAt, textsAt } from './tree.ts';
import type { LocatedText, Tree } from './tree.ts';

/** `llmgw/NAME` means NAME. */
const OWN_PREFIX = 'llmgw/';
/** Names that stand for names that stand for names: more is a mistake, and the router stops a little later. */
const MAX_CHAIN = 5;
/** The targets of a name that is written as a list of them. */
const LISTED: ConfigPath = ['models', '*', '*'];

/**
 * Names of `models:` that come back to themselves, and chains of them that are too long. A profile's aliases are not
 * part of it: they are looked up once, for the name that a client sends.
 */
export function findCycles(tree: Tree): Finding[] {
  const models = new Map(childrenOf(partAt(tree, ['models'])).map(([name]) => [String(name), [] as LocatedText[]]));
  for (const pattern of [
    ['models', '*'],
    LISTED,
    ['models', '*', 'targets', '*'],
    ['models', '*', 'deployments', '*', 'target'],
    ['models', '*', 'rules', '*', 'use'],
  ]) {
    for (const target of textsAt(tree, pattern)) {
      // What a map holds there is no target but another field, as `strategy: cost`.
      if (pattern === LISTED && typeof target.path[2] === 'string') continue;
      const name = target.text.startsWith(OWN_PREFIX) ? target.text.slice(OWN_PREFIX.length) : target.text;
      // Of a deployment and of rules its own name is said elsewhere: the model behind the name, or a mistake.
      const isOwn = pattern.length > 4 && name === target.path[1];
      if (models.has(name) && !isOwn) models.get(String(target.path[1]))?.push({ ...target, text: name });
    }
  }
  return new Search(models).findings();
}

/** What is known of a name: `open` while it is being followed, then how many names its longest chain has. */
type Mark = 'open' | number;

/** Depth first, without recursion: a file can hold a chain longer than the stack. Each name is followed once. */
class Search {
  readonly #models: ReadonlyMap<string, readonly LocatedText[]>;
  readonly #marks = new Map<string, Mark>();
  readonly #findings: Finding[] = [];

  constructor(models: ReadonlyMap<string, readonly LocatedText[]>) {
    this.#models = models;
  }

  findings(): Finding[] {
    for (const name of this.#models.keys()) if (!this.#marks.has(name)) this.#follow(name);
    return this.#findings;
  }

  #follow(start: string): void {
    const trail = [{ name: start, next: 0 }];
    this.#marks.set(start, 'open');
    for (let step = trail.at(-1); step !== undefined; step = trail.at(-1)) {
      const target = this.#models.get(step.name)?.[step.next];
      step.next++;
      if (target === undefined) {
        this.#close(step.name);
        trail.pop();
        continue;
      }
      const mark = this.#marks.get(target.text);
      if (mark === 'open')
        this.#reportCycle(
          target,
          trail.map(({ name }) => name),
        );
      if (mark !== undefined) continue;
      this.#marks.set(target.text, 'open');
      trail.push({ name: target.text, next: 0 });
    }
  }

  /** Every target of the name is known now. */
  #close(name: string): void {
    const targets = this.#models.get(name) ?? [];
    const marks = targets.map(({ text }) => this.#marks.get(text));
    const lengths = marks.filter((mark) => typeof mark === 'number');
    const length = 1 + lengths.reduce((longest, one) => Math.max(longest, one), 0);
    this.#marks.set(name, length);
    const target = targets.find(({ text }) => this.#marks.get(text) === MAX_CHAIN);
    if (target === undefined) return;
    const message = `is the start of a chain of more than ${MAX_CHAIN} names; name the model itself`;
    this.#findings.push({ at: target.at, path: target.path, message });
  }

  #reportCycle(target: LocatedText, trail: readonly string[]): void {
    const circle = [...trail.slice(trail.indexOf(target.text)), target.text];
    const spelled = circle.map((name) => `\`${name}\``).join(' → ');
    const message =
      circle.length === 2
        ? 'stands for itself; write server/model or provider/model for the model behind the name'
        : `comes back to itself: ${spelled}; name a model of a server or provider`;
    this.#findings.push({ at: target.at, path: target.path, message });
  }
}
