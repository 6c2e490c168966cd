/** A piece of the native form, as plain data. */
export type NativeValue = string | number | boolean | null | readonly NativeValue[] | NativeMap;
export type NativeMap = { [key: string]: NativeValue };

/** A text of LiteLLM's file: what it is now, and how the native form writes it. */
export interface Value {
  /** Empty where it comes from a variable that is not set. */
  readonly text: string;
  /** `${NAME}` for what comes from the environment, else the text with its `$` escaped. */
  readonly written: string;
  /** The variable that it comes from; `null`: it stands in the file. */
  readonly variable: string | null;
}

export function literalValue(text: string): Value {
  return { text, written: escapeDollars(text), variable: null };
}

/** Names that `${…}` cannot hold are written out. */
export function valueOfVariable(variable: string, text: string): Value {
  const written = /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) ? `\${${variable}}` : escapeDollars(text);
  return { text, written, variable };
}

/** The native form reads `$$` as one `$`. */
export function escapeDollars(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/**
 * An address that was made from a text by a change at its end, written with the variable where that is still its
 * beginning: `${AZURE_API_BASE}/openai/v1`.
 */
export function withAddress(value: Value, address: string): Value {
  const { text, variable } = value;
  if (variable === null) return literalValue(address);
  const beginning = text.replace(/\/+$/, '');
  if (address === beginning) return { text: address, written: value.written, variable };
  // What ends in a slash would have two of them.
  if (beginning === '' || text !== beginning || !address.startsWith(beginning)) return literalValue(address);
  return { text: address, written: value.written + escapeDollars(address.slice(beginning.length)), variable };
}

/** A map without what is `undefined`. */
export function presentOnly(map: Readonly<Record<string, NativeValue | undefined>>): NativeMap {
  const present: NativeMap = {};
  for (const [key, value] of Object.entries(map)) if (value !== undefined) present[key] = value;
  return present;
}
