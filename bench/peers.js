// What is installed on demand into bench/.cache and is no dependency of the project: the peer and a load generator.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from './children.js';

const cache = fileURLToPath(new URL('.cache', import.meta.url));
const installLimitMs = 120_000;

/** With a newer @hono/node-server than this every stream is a 500, "immutable" (Portkey-AI/gateway issue 1389). */
export const portkey = {
  folder: 'portkey',
  name: '@portkey-ai/gateway',
  version: '1.15.2',
  overrides: { '@hono/node-server': '1.14.1' },
};
export const autocannon = { folder: 'autocannon', name: 'autocannon', version: '8.0.0' };

/** The folder of the installed package and its version. Install scripts are not run: neither package needs them. */
export async function installPeer({ folder, name, version, overrides = {} }) {
  const root = join(cache, folder);
  const installed = join(root, 'node_modules', ...name.split('/'));
  const manifest = JSON.stringify({ private: true, dependencies: { [name]: version }, overrides });
  if (!isInstalled(installed, root, manifest)) {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'package.json'), manifest);
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
    const npm = process.platform === 'win32' ? ['cmd', '/c', 'npm'] : ['npm'];
    await runProcess([...npm, ...args], { name: `npm install ${name}`, cwd: root, limitMs: installLimitMs });
  }
  return installed;
}

/** Installed whole, and from the manifest that we would write now. */
function isInstalled(installed, root, manifest) {
  if (!existsSync(join(installed, 'package.json')) || !existsSync(join(root, 'package-lock.json'))) return false;
  return readFileSync(join(root, 'package.json'), 'utf8') === manifest;
}
