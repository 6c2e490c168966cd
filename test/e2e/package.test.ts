import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeHome, type TestHome } from '../helpers/daemon.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where no ready binary of better-sqlite3 can be fetched, it is compiled: a minute or two. */
const INSTALL_LIMIT_MS = 400_000;

let folder: string;
let home: TestHome;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-package-'));
  home = makeHome();
});
afterAll(async () => {
  await home.remove();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

it('the package installs and runs where there is no source tree', { timeout: INSTALL_LIMIT_MS }, async () => {
  // Without scripts: `prepare` would build into the folder that the other tests run from.
  const packed = await npm(ROOT, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  const { filename, files } = packedFrom(JSON.parse(packed));
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['package.json', 'bin/llmgw.js', 'dist/cli.js', 'LICENSE']));
  expect(paths.filter((path) => /^(src|test|bench|scripts)\/|\.ts$/.test(path))).toEqual([]);

  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
  await npm(folder, 'install', '--no-audit', '--no-fund', '--no-package-lock', join(folder, filename));
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(await llmgw('--version')).toBe(`${version}\n`);

  const banner = await llmgw('start', '--demo', '--port', '0');
  const url = /is running at (http:\/\/\S+)/.exec(banner)?.[1] ?? '';
  const key = (await llmgw('key', 'show')).trim();
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'Hello, package!' }] }),
  });
  expect(await answer.json()).toMatchObject({
    choices: [{ message: { content: 'You said: Hello, package!' } }],
    usage: { prompt_tokens: 2, completion_tokens: 4 },
  });
  expect(await llmgw('stop')).toContain('has stopped');
  const spend = JSON.parse(await llmgw('spend', '--demo', '--json')) as { total: unknown };
  // Two tokens at $1 and four at $2 per million.
  expect(spend.total).toMatchObject({ requests: 1, input_tokens: 2, output_tokens: 4, cost_usd: '0.00001' });
});

/** `npm pack --json` tells of every package that it packed, which is one. */
function packedFrom(document: unknown): { filename: string; files: readonly { path: string }[] } {
  const [packed] = Object.values(document as object) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error('npm packed nothing');
  return packed;
}

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const cli = process.env['npm_execpath'];
  const isScript = cli !== undefined && /npm-cli\.c?js$/.test(cli);
  const [program, first] = isScript ? [process.execPath, [cli]] : ['npm', []];
  const env = { ...process.env, ...headersHere() };
  const shell = !isScript && process.platform === 'win32';
  return (await run(program, [...first, ...args], { cwd, env, shell, maxBuffer: 64 * 1024 * 1024 })).stdout;
}

/** Node's own headers where they came with it: what is compiled needs no download then. */
function headersHere(): NodeJS.ProcessEnv {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {};
}

/** The installed program, by the link that npm made for it. */
async function llmgw(...args: string[]): Promise<string> {
  const link = join(folder, 'node_modules', '.bin', 'llmgw');
  const { stdout, stderr } = await run(process.platform === 'win32' ? `${link}.cmd` : link, args, {
    cwd: folder,
    env: home.env,
    shell: process.platform === 'win32',
  });
  expect(stderr).toBe('');
  return stdout;
}
