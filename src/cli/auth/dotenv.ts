/** `NAME=value`, perhaps with `export` before it. */
const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;

/**
 * The values of a `.env` file as dotenv programs read them: quotes around a value are taken off, a comment ends a value
 * without quotes. References to other variables are left as they stand: no key has one.
 */
export function parseDotenv(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, name, written = ''] = LINE.exec(line) ?? [];
    if (name !== undefined) values[name] = valueOf(written);
  }
  return values;
}

function valueOf(written: string): string {
  const quoted = /^(["'`])(.*?)\1\s*(?:#.*)?$/.exec(written);
  return quoted?.[2] ?? written.replace(/(?:^|\s)#.*$/, '').trim();
}
