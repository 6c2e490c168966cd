import type { JsonObject } from '../canonical/parts.ts';
import { isObject } from '../std/is-object.ts';

/** The fields of a dialect's bodies, where they are not called as in `x-llmgw-dropped`; several may say the same. */
export type ParameterNames = Readonly<Record<string, readonly string[]>>;

/**
 * What was left out of a request, as its client wrote it: `generationConfig.topK` where the header says `top_k`. Of
 * several fields that say the same it is the one that stands in the body.
 */
export function parameterName(dropped: string, names: ParameterNames, body: JsonObject): string {
  const fields = Object.hasOwn(names, dropped) ? (names[dropped] ?? []) : [];
  for (const field of fields) {
    const written = asWritten(field, body);
    if (written !== null) return written;
  }
  return fields[0] ?? dropped;
}

/** Google's bodies may be spelled either way. `null`: it does not stand in the body. */
function asWritten(field: string, body: JsonObject): string | null {
  let object: unknown = body;
  const steps: string[] = [];
  for (const step of field.split('.')) {
    const spelling: string | undefined = [step, snakeCase(step)].find(
      (one) => isObject(object) && Object.hasOwn(object, one),
    );
    if (spelling === undefined || !isObject(object)) return null;
    steps.push(spelling);
    object = object[spelling];
  }
  return steps.join('.');
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
