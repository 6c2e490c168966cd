import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from '../../src/std/schema.ts';
import { SERVER_KINDS } from '../../src/canonical/model.ts';
import { loadSettings } from '../../src/config/load.ts';
import { parseSettings, type LoadedSettings } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { CONFIG_SCHEMA } from '../../src/config/schema.ts';
import { findCandidates } from '../../src/discovery/candidates.ts';
import { PROVIDERS } from '../../src/providers/table.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { findPlaces } from '../../src/std/places.ts';
import { sourcesBelow, ROOT } from '../architecture/sources.ts';
import { makeHome, type TestHome } from '../helpers/daemon.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The text of the fenced block whose opening line is ```` ```INFO ````. */
function block(info: string): string {
  const [, text] = readme.split(`\`\`\`${info}\n`);
  const end = text?.indexOf('\n```') ?? -1;
  if (text === undefined || end < 0) throw new Error(`README.md has no block \`\`\`${info}`);
  return text.slice(0, end + 1);
}

/** What stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
function part(name: string): string {
  const [, text = ''] = readme.split(`<!-- ${name} -->\n`);
  return text.split(`<!-- /${name} -->`)[0] ?? '';
}

let home: TestHome;
beforeAll(() => {
  home = makeHome();
});
afterAll(() => home.remove());

describe('the commands', () => {
  it('are shown as `llmgw --help` prints them', async () => {
    expect(block('text llmgw --help')).toBe((await home.run(['--help'])).stdout);
  });

  it('are each in docs/commands.md with their help as it is', async () => {
    const page = readFileSync(join(ROOT, 'docs', 'commands.md'), 'utf8');
    const commands = await commandsBelow([]);
    expect(commands.map(({ words }) => words)).toEqual(expect.arrayContaining(['start', 'key show', 'spend']));
    const missing = commands.filter(
      ({ words, help }) => !page.includes(`## llmgw ${words}\n\n\`\`\`text\n${help}\`\`\`\n`),
    );
    expect(missing.map(({ words }) => words)).toEqual([]);
  });
});

/** Every command of the program that has none below it, with its help. */
async function commandsBelow(words: readonly string[]): Promise<{ words: string; help: string }[]> {
  const { stdout } = await home.run([...words, '--help']);
  const list = /^Commands:\n((?: {2}.*\n)+)/m.exec(stdout)?.[1] ?? '';
  const below = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  if (below.length === 0) return [{ words: words.join(' '), help: stdout }];
  return (await Promise.all(below.map((name) => commandsBelow([...words, name])))).flat();
}

const routingPage = readFileSync(join(ROOT, 'docs', 'routing.md'), 'utf8');
const [, ROUTING_EXAMPLE = ''] = /^```yaml routing\.yaml\n([\s\S]*?)^```$/m.exec(routingPage) ?? [];

describe('the config file', () => {
  const env = { GPU_KEY: 'key-of-the-gpu', WORK_OPENAI_KEY: 'sk-work', CORP_KEY: 'key-of-the-corp' };

  it('is accepted as it stands, without a warning', () => {
    const { settings, warnings } = loadFromFile(block('yaml config.yaml'), env);
    expect(warnings).toEqual([]);
    expect(settings.servers[0]).toMatchObject({ name: 'gpu-box', kind: 'vllm', local: true, insecureTls: false });
    expect(settings.providers.map(({ id }) => id)).toEqual(['openai', 'corp']);
    expect(settings.models.map(({ name }) => name)).toEqual(['fast', 'smart', 'code']);
    expect(settings.profile).toBe('dev');
  });

  it('shows the defaults where it says so', () => {
    const { settings } = loadFromFile(block('yaml config.yaml'), env);
    const { settings: defaults } = loadFromFile('', {});
    expect(settings.server).toEqual(defaults.server);
    expect(settings.discovery).toEqual(defaults.discovery);
    expect(settings.timeouts).toEqual(defaults.timeouts);
    expect(settings.responses).toEqual(defaults.responses);
    expect(settings.dropParams).toBe(defaults.dropParams);
    expect(settings.promptCaching).toBe(defaults.promptCaching);
  });

  it('has every key', () => {
    const schema = z.toJSONSchema(CONFIG_SCHEMA, { io: 'input' }) as JsonSchema;
    const examples = block('yaml config.yaml') + ROUTING_EXAMPLE;
    const written = new Set([...examples.matchAll(/^[ -]*([a-z_]+):/gm)].map(([, key]) => key));
    expect([...keysOf(schema)].filter((key) => !written.has(key))).toEqual([]);
  });

  it('has an example of deployments that is accepted as it stands, without a warning', () => {
    const names = [...ROUTING_EXAMPLE.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name);
    const { settings, warnings } = loadFromFile(
      ROUTING_EXAMPLE,
      Object.fromEntries(names.map((name) => [name, `value-of-${name.toLowerCase()}`])),
    );
    expect(warnings).toEqual([]);
    expect(settings.models.map(({ name }) => name)).toEqual(['small', 'long', 'chat', 'auto']);
  });

  it('names every kind of server', () => {
    const [, kinds = ''] = /The kinds of server are\n([\s\S]*?)\.\n\n/.exec(readme) ?? [];
    expect([...kinds.matchAll(/`([^`]+)`/g)].map(([, kind]) => kind)).toEqual([...SERVER_KINDS]);
  });

  it('shows the mistakes as they are said', () => {
    const file = '/home/me/.config/llmgw/config.yaml';
    const read = (): LoadedSettings =>
      parseSettings(
        { file, text: block('yaml wrong.yaml'), readableByOthers: false },
        { OPENAI_API_KEY: 'sk-set-here' },
      );
    expect(read).toThrow(ConfigError);
    expect(messageOf(read)).toBe(block('text wrong.yaml').trimEnd());
  });
});

/** By way of a real file, which nobody else can read. */
function loadFromFile(text: string, env: NodeJS.ProcessEnv): LoadedSettings {
  const file = join(home.folder, 'from-readme.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  return loadSettings({ file, places: findPlaces(home.env), env });
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** Every key that the schema has a name for, at any depth. */
function keysOf(schema: JsonSchema, found = new Set<string>()): Set<string> {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    found.add(key);
    keysOf(value, found);
  }
  for (const inner of [...(schema.anyOf ?? []), schema.items, schema.additionalProperties]) {
    if (typeof inner === 'object') keysOf(inner, found);
  }
  return found;
}

describe('what is looked for', () => {
  it('lists the ports that are asked, all of them and no others', () => {
    const asked = findCandidates({}).map(({ addresses }) => addresses[0]?.port ?? 0);
    const listed = [...part('ports').matchAll(/\*\*(\d+)\*\*/g)].map(([, port]) => Number(port));
    expect(listed.toSorted((one, other) => one - other)).toEqual(asked.toSorted((one, other) => one - other));
  });

  it('lists the providers as they are in the table, in its order', () => {
    const rows = part('providers')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(PROVIDERS.map(rowOf));
  });

  it('names every environment variable that the program reads by its name', () => {
    const text = sourcesBelow('src')
      .map((source) => source.text)
      .join('\n');
    const read = new Set([...text.matchAll(/\benv\['([A-Z_]+)'\]/g)].map(([, name = '']) => name));
    expect(read).toContain('LLMGW_HOME');
    // The system sets these; nobody sets them for llmgw.
    const ofTheSystem = [
      ...['PATH', 'TERM', 'COLUMNS', 'SHELL', 'FPATH', 'INIT_CWD', 'APPDATA', 'LOCALAPPDATA', 'FORCE_COLOR'],
      ...['VISUAL', 'EDITOR', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'],
    ];
    const pages = ['README.md', 'docs/credentials.md', 'docs/completion.md'].map((page) =>
      readFileSync(join(ROOT, page), 'utf8'),
    );
    expect([...read].filter((name) => !ofTheSystem.includes(name) && !pages.join().includes(name))).toEqual([]);
  });
});

function rowOf({ id, displayName, keyVariables, baseVariables, apiBase, headerVariables }: Provider): string {
  const gaps = [...apiBase.matchAll(/\{([^}]+)\}/g)].flatMap(([, names = '']) => names.split('|'));
  const further = [...baseVariables.map(({ name }) => name), ...gaps, ...Object.values(headerVariables).flat()];
  const cells = [
    `\`${id}\``,
    displayName,
    keyVariables.length === 0 ? '–' : inCode(keyVariables),
    inCode([...new Set(further)]),
  ];
  return `| ${cells.filter((cell) => cell !== '').join(' | ')} |${further.length === 0 ? ' |' : ''}`;
}

function inCode(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

describe('the report', () => {
  it('has the keys that `spend --json` prints', async () => {
    const { stdout } = await home.run(['spend', '--json']);
    const printed = JSON.parse(stdout) as SpendDocument;
    const shown = JSON.parse(block('json spend')) as SpendDocument;
    expect(Object.keys(shown)).toEqual(Object.keys(printed));
    expect(Object.keys(shown.total)).toEqual(Object.keys(printed.total));
    expect(Object.keys(shown.rows[0] ?? {})).toEqual(['model', 'demo', ...Object.keys(printed.total)]);
  });
});

interface SpendDocument {
  readonly rows: readonly object[];
  readonly total: object;
}

describe('the page itself', () => {
  it('has a heading for every link within it, and a link for every heading', () => {
    const headings = [...readme.matchAll(/^## (.*)$/gm)].map(([, text = '']) => anchorOf(text));
    const links = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(new Set(links)).toEqual(new Set(headings));
  });

  it('links to files that are there', () => {
    const files = [...readme.matchAll(/\]\((?!#|https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
    expect(files).toContain('docs/errors.md');
    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names every script of package.json that a person runs', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const byHand = Object.keys(scripts).filter((name) => name !== 'prepare' && !name.includes(':'));
    expect(byHand.filter((name) => !new RegExp(`npm (?:run )?${name}\\b`).test(readme))).toEqual([]);
  });
});

/** The form that GitHub gives to headings of plain words. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-');
}
