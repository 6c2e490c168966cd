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

/** The body without the member at a path (`generationConfig.topK`); itself where it has none. */
export function withoutMember(body: JsonObject, path: string): JsonObject {
  const [name = '', ...rest] = path.split('.');
  const key = spelledIn(body, name);
  if (!Object.hasOwn(body, key)) return body;
  if (rest.length === 0) return Object.fromEntries(Object.entries(body).filter(([one]) => one !== key));
  const inner = body[key];
  if (!isObject(inner)) return body;
  const less = withoutMember(inner, rest.join('.'));
  return less === inner ? body : { ...body, [key]: less };
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
