import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MODEL_NAMES } from './agents.js';

const LIMIT_MS = 20_000;

/**
 * The real program in the foreground, in a home of its own, with one upstream: every name that an agent asks for is its
 * model. `upstream`: the lines of the config that name it, and `target`, its model.
 */
export async function startGateway(program, { config, target }) {
  const home = mkdtempSync(join(tmpdir(), 'llmgw-agents-'));
  const folder = join(home, 'llmgw');
  mkdirSync(folder, { mode: 0o700 });
  const names = MODEL_NAMES.map((name) => `  "${name}": "${target}"`);
  const lines = ['discovery: {enabled: false}', config, 'models:', ...names];
  writeFileSync(join(folder, 'config.yaml'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const env = { PATH: process.env.PATH, HOME: home, LLMGW_HOME: folder };
  const args = ['start', '--foreground', '--port', '0', '--profile', 'prod'];
  const child = spawn(process.execPath, [program, ...args], { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  const run = async (...words) =>
    (await promisify(execFile)(process.execPath, [program, ...words], { env, cwd: home, timeout: LIMIT_MS })).stdout;
  return {
    url: await addressOf(child),
    key: (await run('key', 'show')).trim(),
    spend: async () => JSON.parse(await run('spend', '--json')),
    logs: () => run('logs', '--json'),
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const code = await ended;
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
      return code;
    },
  };
}

function addressOf(child) {
  return new Promise((resolve, reject) => {
    let told = '';
    const timer = setTimeout(() => reject(new Error(`llmgw did not start:\n${told}`)), LIMIT_MS);
    const read = (bytes) => {
      told += bytes;
      const address = /is running at (http:\/\/\S+)/.exec(told)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`llmgw ended with ${code}:\n${told}`)));
  });
}
