import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, packageOf, ROOT, roomOf, sourcesBelow } from './sources.ts';

/** A room imports itself and the rooms of the layers before its own. */
const LAYERS = [
  ['std'],
  ['canonical'],
  ['dialects', 'providers', 'pricing', 'routing'],
  ['config', 'credentials', 'discovery', 'upstream', 'ledger', 'limits'],
  ['gateway'],
  ['server'],
  ['daemon'],
  ['cli'],
] as const;

/** Each package that is not ours has one room, so that it can be replaced there. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  std: ['fastest-levenshtein', 'zod'],
  pricing: ['@pydantic/genai-prices', 'gpt-tokenizer'],
  config: ['yaml'],
  credentials: ['keytar'],
  upstream: ['undici'],
  ledger: ['better-sqlite3'],
  server: ['fastify'],
  daemon: ['pino'],
  cli: ['chalk', 'commander', 'ink', 'react'],
};

/** The one type that is named outside its package's room. */
const TYPES_ELSEWHERE: Readonly<Record<string, string>> = { 'src/std/log.ts': 'pino' };

/** Where the vendors' own types are compared with ours: nothing of these packages is in the program. */
const VENDOR_TYPES: Readonly<Record<string, readonly string[]>> = {
  dialects: ['openai', '@anthropic-ai/sdk', '@google/genai', 'ollama'],
};

/** Only these start other programs, and a process of our own. */
const MAY_SPAWN = ['daemon', 'cli', 'credentials'];

const sources = sourcesBelow('src');
const imports = sources.flatMap((source) => importsOf(source).map((one) => ({ ...one, from: source.path })));

describe('the rooms of src/', () => {
  it('are those of the layers, and each file is in one', () => {
    const known = new Set<string>(LAYERS.flat());
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true });
    expect(folders.filter((entry) => entry.isDirectory() && !known.has(entry.name)).map(({ name }) => name)).toEqual(
      [],
    );
    expect(sources.filter(({ path }) => path.split('/').length < 3).map(({ path }) => path)).toEqual([]);
  });

  it('import downwards only', () => {
    const upwards = imports.filter(({ from, file }) => {
      if (file === null || roomOf(from) === roomOf(file)) return false;
      return !file.startsWith('src/') || layerOf(roomOf(file)) >= layerOf(roomOf(from));
    });
    expect(upwards.map(({ from, file }) => `${from} → ${file ?? ''}`)).toEqual([]);
  });

  it('have no circles of files', () => {
    const graph = new Map(sources.map(({ path }) => [path, [] as string[]]));
    for (const { from, file } of imports) if (file !== null) graph.get(from)?.push(file);
    expect(circlesIn(graph)).toEqual([]);
  });

  it('keep each package to its room', () => {
    const strays = imports.filter(({ from, file, specifier, typeOnly }) => {
      if (file !== null || isNode(specifier)) return false;
      const name = packageOf(specifier);
      const vendorType = VENDOR_TYPES[roomOf(from)]?.includes(name) ?? false;
      const allowedType = typeOnly && (TYPES_ELSEWHERE[from] === name || vendorType);
      return !(PACKAGES[roomOf(from)]?.includes(name) ?? false) && !allowedType;
    });
    expect(strays.map(({ from, specifier }) => `${from} → ${specifier}`)).toEqual([]);
  });

  it('have each package bundled, and only what has a native part left to be installed', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      object
    >;
    const used = Object.values(PACKAGES).flat();
    const external = /const external = \[(.*)\];/.exec(readFileSync(join(ROOT, 'scripts', 'build.js'), 'utf8'))?.[1];
    expect(Object.keys(dependencies).map((name) => `'${name}'`)).toEqual(external?.split(', '));
    expect(used.filter((name) => !(name in dependencies) && !(name in devDependencies))).toEqual([]);
  });

  it('name Node with its prefix, and start programs only where that is the task', () => {
    const node = imports.filter(({ specifier }) => isNode(specifier));
    expect(node.filter(({ specifier }) => !specifier.startsWith('node:')).map(({ from }) => from)).toEqual([]);
    const spawning = node.filter(
      ({ from, specifier }) => /child_process|cluster/.test(specifier) && !MAY_SPAWN.includes(roomOf(from)),
    );
    expect(spawning.map(({ from }) => from)).toEqual([]);
  });
});

describe('the map (src/README.md)', () => {
  const rows = readFileSync(join(ROOT, 'src', 'README.md'), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => /^\d+$/.test(cells[1] ?? ''))
    .map(([, layer, room, sentence, packages]) => ({ layer, room, sentence, packages }));

  it('names every room with its layer and its packages', () => {
    const expected = LAYERS.flatMap((rooms, layer) =>
      rooms.map((room) => {
        const packages = (PACKAGES[room] ?? []).map((name) => `\`${name}\``).join(', ');
        return { layer: `${layer}`, room: `\`${room}/\``, packages: packages === '' ? 'none' : packages };
      }),
    );
    expect(rows.map(({ layer, room, packages }) => ({ layer, room, packages }))).toEqual(expected);
  });

  it('says in one sentence what each is for', () => {
    const unexplained = rows.filter(({ sentence }) => !/^[A-Z][^.]{20,}\.$/.test(sentence ?? ''));
    expect(unexplained.map(({ room }) => room)).toEqual([]);
  });
});

function layerOf(room: string): number {
  return LAYERS.findIndex((rooms) => (rooms as readonly string[]).includes(room));
}

function isNode(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(packageOf(specifier));
}

/** Each circle once, as `a → b → a`. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (done.has(file) || trail.includes(file)) return;
    for (const next of graph.get(file) ?? []) follow(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) follow(file, []);
  return circles;
}
