/**
 * Where the parts of a request stood in the body that the client sent. It is kept beside the parts, not in them: two
 * parts that say the same are the same, wherever they came from, and only messages of errors ask.
 */
const places = new WeakMap<object, string>();

/** Notes the place of a part in its client's own words (`contents[0].parts[1].inlineData`), and gives the part back. */
export function placed<Part extends object>(part: Part, path: string): Part {
  places.set(part, path);
  return part;
}

/** The place of a part in the client's body; else `path`, which is its place in the canonical request. */
export function placeOf(part: object, path: string): string {
  return places.get(part) ?? path;
}

/** Gives a part that was made of another one the place of that one. */
export function placedLike<Part extends object>(part: Part, original: object): Part {
  const path = places.get(original);
  return path === undefined ? part : placed(part, path);
}
