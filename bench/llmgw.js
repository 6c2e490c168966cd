// llmgw as a user runs it: its own command, a config file, authentication, routing, discovery and ledger on.
import { mkdirSync, writeFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { chatRequest, model } from './canned.js';
import { endDaemonOf, freePort, lastLines, pinned, runProcess, startProcess, waitForPort } from './children.js';

const ownBin = fileURLToPath(new URL('../bin/llmgw.js', import.meta.url));
const commandLimitMs = 30_000;
const startLimitMs = 20_000;

/** Starts it in the foreground in a new home and gives `{port, key, pid, home, handle, cores, bin}`. */
export async function startLlmgw({ cores, folder, upstreams, bin = ownBin }, { name = 'llmgw' } = {}) {
  const home = makeHome(folder, name, upstreams);
  const port = await freePort();
  const command = pinned(cores, 'gateway', [process.execPath, bin, ...foreground(port)]);
  const handle = startProcess(command, { name, folder, env: environment(home), cwd: home });
  await waitForPort(port, handle, startLimitMs);
  const gateway = { port, pid: handle.pid, home, handle, cores, bin, key: null };
  gateway.key = (await run(gateway, ['key', 'show'])).trim().split('\n').at(-1);
  await untilAnswered(gateway);
  return gateway;
}

/** Starts it again in a home that exists and gives the ms from the start to the first answered chat request. */
export async function timeForegroundStart({ home, key, cores, bin }) {
  const port = await freePort();
  const command = pinned(cores, 'all', [process.execPath, bin, ...foreground(port)]);
  const begun = performance.now();
  const handle = startProcess(command, { name: 'start', folder: home, env: environment(home), cwd: home });
  const answeredMs = (await untilAnswered({ port, key, handle })) - begun;
  return { answeredMs, handle };
}

/** The same for `llmgw start`, whose daemon is detached; the caller ends it with `run(gateway, ['stop'])`. */
export async function timeDetachedStart(gateway) {
  const { home, key, bin } = gateway;
  const port = await freePort();
  endDaemonOf(home, [process.execPath, bin, 'stop']);
  const begun = performance.now();
  await run(gateway, ['start', '--port', `${port}`]);
  const returnedMs = performance.now() - begun;
  const answeredMs = (await untilAnswered({ port, key, handle: null })) - begun;
  return { returnedMs, answeredMs };
}

/** Runs a command of llmgw in this home and gives its stdout. */
export function run({ home, cores, bin }, args) {
  return runProcess(pinned(cores, 'all', [process.execPath, bin, ...args]), {
    name: `llmgw ${args.join(' ')}`,
    env: environment(home),
    cwd: home,
    limitMs: commandLimitMs,
  });
}

function foreground(port) {
  return ['start', '--foreground', '--port', `${port}`];
}

/** In `prod`: in `dev` a model server that happens to run on this machine would answer in place of the upstream. */
function makeHome(folder, name, upstreams) {
  const home = join(folder, `home-${name}`);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const provider = (id, dialect, { port }) =>
    `  ${id}: {dialect: ${dialect}, base_url: "http://127.0.0.1:${port}/v1", api_key: x, models: [${model}]}\n`;
  const both = (dialect, suffix) =>
    provider(`mock${suffix}`, dialect, upstreams.canned) + provider(`streaming${suffix}`, dialect, upstreams.streaming);
  const providers = both('openai-chat', '') + both('anthropic-messages', '-messages');
  writeFileSync(join(home, 'config.yaml'), `profile: prod\nproviders:\n${providers}`, { mode: 0o600 });
  return home;
}

/** Nothing of the user's own: a credential in the environment would have llmgw ask a provider for its models. */
export function environment(home) {
  const kept = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'LANG'];
  const present = kept.filter((name) => process.env[name] !== undefined);
  const ours = Object.fromEntries(present.map((name) => [name, process.env[name]]));
  return { ...ours, LLMGW_HOME: home, HOME: home, USERPROFILE: home };
}

/** Asks until a chat request is answered; gives the moment. */
async function untilAnswered({ port, key, handle }) {
  const end = performance.now() + startLimitMs;
  let last = 'no answer';
  while (performance.now() < end) {
    const answer = await ask(port, key);
    if (answer.status === 200) return performance.now();
    last = `${answer.status ?? answer.problem} ${answer.text ?? ''}`;
    if (handle?.child.exitCode != null) break;
    await delay(answer.status === undefined ? 2 : 10);
  }
  throw new Error(`llmgw did not answer a chat request (${last.trim()})${handle === null ? '' : lastLines(handle)}`);
}

/** One chat request: `{status, text}`, or `{problem}` when nobody answered. */
function ask(port, key) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}`, connection: 'close' };
  const options = { method: 'POST', headers, timeout: 5_000 };
  return new Promise((resolve) => {
    const request = send(`http://127.0.0.1:${port}/v1/chat/completions`, options);
    request.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, text: text.slice(0, 300) }));
      answer.on('error', (error) => resolve({ problem: error.code }));
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 5 s')));
    request.on('error', (error) => resolve({ problem: error.code ?? error.message }));
    request.end(chatRequest({ modelName: `mock/${model}` }));
  });
}
