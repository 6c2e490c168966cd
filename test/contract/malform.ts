import { isObject } from '../../src/std/is-object.ts';

/** What stands where something else should. */
const WRONG: readonly unknown[] = [null, true, -1, 1.5, 1e300, '', 'x', [], {}, [[]], [null], { a: null }, '\ud800'];

/** A copy of a JSON value in which one place holds something of another type. */
export function withWrongTypes(value: unknown, seed: number, which: number): unknown {
  const places = placesIn(value, []);
  const place = places[seed % places.length] ?? [];
  return replaced(value, place, WRONG[which % WRONG.length]);
}

type Place = readonly string[];

function placesIn(value: unknown, place: Place): Place[] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const inside = below.flatMap(([key, member]) => placesIn(member, [...place, key]));
  return place.length === 0 ? inside : [place, ...inside];
}

function replaced(value: unknown, [key, ...rest]: Place, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((member: unknown, at) => (String(at) === key ? replaced(member, rest, by) : member));
  return isObject(value) ? { ...value, [key]: replaced(value[key], rest, by) } : value;
}

/** JSON texts of so many levels, by the names under which dialects nest things. */
export function deeplyNested(depth: number): string[] {
  const members = ['content', 'error', 'message', 'parts', 'choices', 'details'];
  const lists = '['.repeat(depth) + ']'.repeat(depth);
  const objects = members.map((member) => `{"${member}":`.repeat(depth) + '1' + '}'.repeat(depth));
  const mixed = members.map((member) => `{"${member}":[`.repeat(depth / 2) + ']}'.repeat(depth / 2));
  return [lists, ...objects, ...mixed];
}
