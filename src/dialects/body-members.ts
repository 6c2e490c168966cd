import type { JsonObject } from '../canonical/parts.ts';
import { isObject } from '../std/is-object.ts';

/** Members of bodies that hold parameters beside others: what one says of them leaves the others as they are. */
const HOLDERS: ReadonlySet<string> = new Set(['generationConfig', 'options', 'text', 'output_config']);

/** The body with members that it does not have; itself where it has all. `null` says as much as nothing. */
export function withAbsent(body: JsonObject, defaults: JsonObject): JsonObject {
  let changed = body;
  for (const [name, value] of Object.entries(defaults)) {
    const key = spelledIn(body, name);
    const own = body[key] ?? null;
    const next =
      own === null ? value : HOLDERS.has(name) && isObject(own) && isObject(value) ? withAbsent(own, value) : own;
    if (next !== own) changed = { ...changed, [key]: next };
  }
  return changed;
}

/** The body with these members in place of its own; of objects in both, with the members of both. */
export function withMerged(body: JsonObject, members: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...body };
  for (const [name, value] of Object.entries(members)) {
    const own = body[name];
    merged[name] = isObject(own) && isObject(value) ? withMerged(own, value) : value;
  }
  return merged;
}

/** The body without what is at a path (`generationConfig.topK`, `tools[*].function.strict`); itself if it has none. */
export function withoutMember(body: JsonObject, path: string): JsonObject {
  const steps = path.split(/[.[]/);
  const less = withoutAt(body, steps, 0);
  return isObject(less) ? less : body;
}

/** `steps`: names of members; `*]` and `2]` are of lists. Itself where nothing is at the end of them. */
function withoutAt(value: unknown, steps: readonly string[], at: number): unknown {
  const step = steps[at] ?? '';
  if (step.endsWith(']')) return Array.isArray(value) ? withoutInList(value, steps, at) : value;
  if (!isObject(value)) return value;
  const key = spelledIn(value, step);
  if (!Object.hasOwn(value, key)) return value;
  if (at === steps.length - 1) return Object.fromEntries(Object.entries(value).filter(([one]) => one !== key));
  const less = withoutAt(value[key], steps, at + 1);
  return less === value[key] ? value : { ...value, [key]: less };
}

function withoutInList(list: readonly unknown[], steps: readonly string[], at: number): readonly unknown[] {
  const step = (steps[at] ?? '').slice(0, -1);
  const isMeant = (index: number): boolean => step === '*' || step === String(index);
  if (at === steps.length - 1) {
    const kept = list.filter((_, index) => !isMeant(index));
    return kept.length === list.length ? list : kept;
  }
  const changed = list.map((item, index) => (isMeant(index) ? withoutAt(item, steps, at + 1) : item));
  return changed.some((item, index) => item !== list[index]) ? changed : list;
}

/** The members of a body that another does not have, or has otherwise; of holders, those within. */
export function differing(body: JsonObject, other: JsonObject): JsonObject {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const known = other[name];
    if (JSON.stringify(value) === JSON.stringify(known)) continue;
    found[name] = HOLDERS.has(name) && isObject(value) && isObject(known) ? differing(value, known) : value;
  }
  return found;
}

/** Google's bodies may be spelled either way. */
function spelledIn(body: JsonObject, name: string): string {
  if (Object.hasOwn(body, name)) return name;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.hasOwn(body, snake) ? snake : name;
}
