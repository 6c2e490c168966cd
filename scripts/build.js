// Bundles src/ and the packages it uses into dist/: one entry per process or thread, shared code split off; only what has
// a native part is left to be installed. `--if-stale` skips the work when dist/ is newer than the sources.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'dist');

/** The entries: what is started as a process (cli, keychain) or as a thread of its own. */
const entryPoints = {
  cli: 'src/cli/main.ts',
  keychain: 'src/credentials/keychain-child.ts',
  'ledger-keeper': 'src/ledger/keeper.ts',
  'token-counter': 'src/pricing/token-counter.ts',
};

/** What has a native part. */
const external = ['better-sqlite3', 'keytar'];

if (process.argv.includes('--if-stale') && isFresh()) process.exit(0);
const { build } = await import('esbuild');
const { outputFiles, metafile } = await build({
  write: false,
  absWorkingDir: root,
  entryPoints,
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  external,
  packages: 'bundle',
  legalComments: 'none',
  // Node keeps the text of what it runs, and with one curly quote in a comment all of it takes two bytes a character.
  minifyWhitespace: true,
  // A stack names lines, and Node prints the one that threw: without an end they had up to 255 kB.
  lineLimit: 120,
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  // React's development build is larger and slower, and ink asks this variable whether to load React's devtools.
  define: {
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '""',
    __LLMGW_VERSION__: JSON.stringify(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version),
  },
  plugins: [
    { name: 'without-devtools', setup: leaveDevtoolsOut },
    { name: 'yoga-without-fetch', setup: loadYogaWithoutFetch },
    { name: 'ranks-as-json', setup: loadRanksAsJson },
  ],
  // CommonJS dependencies inside an ES module bundle call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

// Only a build that succeeded replaces the one before.
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir);
for (const file of outputFiles) writeFileSync(file.path, file.contents);
writeFileSync(join(outdir, 'LICENSES.txt'), licensesOf(Object.keys(metafile.inputs)));

/** Ink loads React's devtools, a package that is not installed, from one module of its own: an empty one stands for it. */
function leaveDevtoolsOut({ onResolve, onLoad }) {
  onResolve({ filter: /^\.\/devtools\.js$/ }, ({ path, importer }) =>
    /[\\/]node_modules[\\/]ink[\\/]/.test(importer) ? { path, namespace: 'left-out' } : null,
  );
  onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: '' }));
}

/** Yoga would decode its WebAssembly with `fetch`, which takes longer to load than all the rest; without, it does so itself. */
function loadYogaWithoutFetch({ onLoad }) {
  onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, ({ path }) => ({
    contents: `const fetch = undefined;\n${readFileSync(path, 'utf8')}`,
  }));
}

/** Tables of 200,000 tokens: read as JSON they need no syntax tree, which took more memory than the tables. */
function loadRanksAsJson({ onLoad }) {
  onLoad({ filter: /[\\/]gpt-tokenizer[\\/]esm[\\/]bpeRanks[\\/]\w+\.js$/ }, async ({ path }) => {
    const { default: ranks } = await import(pathToFileURL(path).href);
    return { contents: `export default JSON.parse(${JSON.stringify(JSON.stringify(ranks))});` };
  });
}

/** The licence texts of the packages whose code is in the bundle, as they ask for. */
function licensesOf(inputs) {
  const packages = new Set(inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []));
  return [...packages].sort().map(licenseOf).join('\n');
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? `License: ${license}` : readFileSync(join(root, folder, file), 'utf8').trim();
  return `${'='.repeat(80)}\n${name} ${version}\n\n${text}\n`;
}

function isFresh() {
  const built = modifiedAt(join(outdir, 'cli.js'));
  if (built === 0) return false;
  return newestIn(join(root, 'src')) < built && modifiedAt(join(root, 'package.json')) < built;
}

function newestIn(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    newest = Math.max(newest, modifiedAt(join(entry.parentPath, entry.name)));
  }
  return newest;
}

function modifiedAt(path) {
  try {
    return statSync(path).mtimeMs;
  } catch (error) {
    if (error.code === 'ENOENT') return 0;
    throw error;
  }
}
