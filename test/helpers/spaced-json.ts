const SPACES = ['', '', '', '', ' ', '\n', '\t ', ' \r\n  '];

/** JSON text of a value with white space and escapes where `choices` says; the same choices give the same text. */
export function spacedJson(value: unknown, choices: readonly number[]): string {
  let used = 0;
  const choose = (): number => (choices.length === 0 ? 0 : (choices[used++ % choices.length] ?? 0));
  const space = (): string => SPACES[choose() % SPACES.length] ?? '';
  const text = (plain: string): string => {
    const quoted = JSON.stringify(plain);
    if (choose() % 4 !== 3) return quoted;
    // Any UTF-16 unit may be written as an escape.
    return `"${[...Array(plain.length).keys()].map((at) => escaped(plain.charCodeAt(at))).join('')}"`;
  };
  const write = (part: unknown): string => {
    if (typeof part === 'string') return text(part);
    if (Array.isArray(part)) return `[${space()}${part.map((item) => write(item) + space()).join(`,${space()}`)}]`;
    if (typeof part === 'object' && part !== null) {
      const members = Object.entries(part).map(
        ([key, item]) => `${text(key)}${space()}:${space()}${write(item)}${space()}`,
      );
      return `{${space()}${members.join(`,${space()}`)}}`;
    }
    return JSON.stringify(part);
  };
  return space() + write(value) + space();
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
