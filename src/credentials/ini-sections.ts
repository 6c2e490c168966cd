/** Sections of a file as AWS's programs write them: `[name]`, then `key = value`. The last of equal keys counts. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Lines that are indented belong to the setting above them, which is none of those that are read here. */
export function readIni(text: string): IniSections {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | null = null;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const header = /^\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.replace(/\s+/g, ' ');
      current = sections.get(name) ?? new Map<string, string>();
      sections.set(name, current);
      continue;
    }
    const setting = /^([A-Za-z0-9_.-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (setting !== null && current !== null) current.set((setting[1] ?? '').toLowerCase(), setting[2] ?? '');
  }
  return sections;
}
