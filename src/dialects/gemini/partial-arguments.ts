import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';

/** A path with more steps, or an index beyond this, is none that a model means. */
const MAX_STEPS = 64;
const MAX_INDEX = 100_000;

type Step = string | number;

/**
 * The arguments of a call that Vertex AI sends in pieces (`streamFunctionCallArguments`): `partialArgs`, each with a
 * JSON path and a value, texts of one path to be joined.
 */
export class PartialArguments {
  readonly #root: Record<string, unknown> = {};

  take(pieces: readonly unknown[]): void {
    for (const piece of pieces) if (isObject(piece)) this.#put(piece);
  }

  /** JSON text of all that came. */
  text(): string {
    return JSON.stringify(this.#root);
  }

  #put(piece: JsonObject): void {
    const path = piece['jsonPath'];
    const steps = typeof path === 'string' ? stepsOf(path) : [];
    const last = steps.at(-1);
    if (last === undefined || steps.length > MAX_STEPS) return;
    const holder = this.#holderOf(steps);
    if (holder === null) return;
    const value = valueOf(piece);
    const before = read(holder, last);
    if (typeof value === 'string' && typeof before === 'string') write(holder, last, before + value);
    else if (value !== undefined) write(holder, last, value);
  }

  /** What holds the last step, made where it is not there yet. */
  #holderOf(steps: readonly Step[]): object | null {
    let at: object = this.#root;
    for (const [index, step] of steps.slice(0, -1).entries()) {
      let next = read(at, step);
      if (next === undefined) {
        next = typeof steps[index + 1] === 'number' ? [] : {};
        write(at, step, next);
      }
      if (typeof next !== 'object' || next === null) return null;
      at = next;
    }
    return at;
  }
}

/** `$.a.b[0]['c d']` (RFC 9535, as far as it names one place). `[]` at the end says that a list is over. */
function stepsOf(path: string): Step[] {
  const steps: Step[] = [];
  for (const [, name, index, quoted] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[['"](.*?)['"]\]/g)) {
    if (index !== undefined) {
      const number = Number(index);
      if (number > MAX_INDEX) return [];
      steps.push(number);
    } else steps.push(name ?? quoted ?? '');
  }
  return steps;
}

function valueOf({ jsonPath, ...piece }: JsonObject): unknown {
  if ('stringValue' in piece) return piece['stringValue'];
  if ('numberValue' in piece) return piece['numberValue'];
  if ('boolValue' in piece) return piece['boolValue'];
  if ('nullValue' in piece) return null;
  return typeof jsonPath === 'string' && jsonPath.endsWith('[]') ? [] : undefined;
}

function read(holder: object, step: Step): unknown {
  return Object.hasOwn(holder, step) ? (holder as Record<Step, unknown>)[step] : undefined;
}

/** Also a name like `__proto__` is an own member and nothing else. */
function write(holder: object, step: Step, value: unknown): void {
  Object.defineProperty(holder, step, { value, writable: true, enumerable: true, configurable: true });
}
