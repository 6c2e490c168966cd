// Every process that the benchmark starts goes through here, so that every one of them is ended: at the end, on Ctrl-C,
// on an error. Each has a process group of its own, which is what is ended (nginx's workers outlive a killed master).
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processesWith } from './machine.js';

const running = new Set();
const folders = new Set();
const homes = new Set();
const ownGroups = process.platform !== 'win32';
const stopLimitMs = 5_000;
const maxOutputCharacters = 1_000_000;

process.on('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

/** A folder that is removed at the end. */
export function removeAtEnd(folder) {
  folders.add(folder);
}

/** A daemon detached from us carries this LLMGW_HOME in its environment; `stop` is the command that asks it to end. */
export function endDaemonOf(home, stop) {
  homes.add({ home, stop });
}

/** Pins a command: `cores` is what pickCores() gave, `on` is 'gateway', 'load' or 'all'. */
export function pinned(cores, on, command) {
  return cores === null ? command : [cores.taskset, '-c', cores[on], ...command];
}

/** Pins the calling process itself, and with it what it starts from now on. */
export function pinSelf(cores) {
  if (cores !== null) execFileSync(cores.taskset, ['-cp', cores.load, String(process.pid)], { stdio: 'ignore' });
}

/** Starts a long-lived process; its output goes to a file in `folder`, whose end is quoted when it fails. */
export function startProcess(command, { name, folder, env = process.env, cwd }) {
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(command[0], command.slice(1), { cwd, env, stdio: ['ignore', log, log], detached: ownGroups });
  closeSync(log);
  const handle = { name, child, pid: child.pid, failed: null, logFile };
  child.on('error', (error) => (handle.failed = error));
  running.add(handle);
  return handle;
}

/** Runs a process to its end and gives what it wrote to stdout. Fails on another exit code than 0 and at the limit. */
export async function runProcess(command, { name, env = process.env, cwd, limitMs }) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = spawn(command[0], command.slice(1), { cwd, env, stdio, detached: ownGroups });
  const handle = { name, child, pid: child.pid, failed: null };
  running.add(handle);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      output[stream] = (output[stream] + text).slice(-maxOutputCharacters);
    });
  }
  const timer = setTimeout(() => signalGroup(handle, 'SIGKILL'), limitMs);
  try {
    const [code, signal] = await once(child, 'close');
    if (code !== 0) throw new Error(`${name} ended with ${signal ?? code}: ${output.stderr.slice(-2_000).trim()}`);
    return output.stdout;
  } finally {
    clearTimeout(timer);
    running.delete(handle);
  }
}

/** Asks a process to end, and ends what is left of its group after a while. */
export async function stopProcess(handle) {
  if (!hasEnded(handle)) {
    const ended = once(handle.child, 'exit');
    signalGroup(handle, 'SIGTERM');
    await Promise.race([ended, delay(stopLimitMs, null, { ref: false })]);
  }
  signalGroup(handle, 'SIGKILL');
  running.delete(handle);
}

export async function stopEverything() {
  await Promise.all([...running].reverse().map(stopProcess));
}

/** Waits until the port takes connections; fails when the process ends before, or at the limit. */
export async function waitForPort(port, handle, limitMs = 20_000) {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    if (hasEnded(handle)) throw new Error(`${handle.name} ended at its start${lastLines(handle)}`);
    if (await takesConnections(port)) return;
    await delay(20);
  }
  throw new Error(`${handle.name} did not listen on port ${port} within ${limitMs} ms${lastLines(handle)}`);
}

/** The end of what a process wrote, to show why it failed. */
export function lastLines(handle) {
  const text = handle.failed?.message ?? readFileSync(handle.logFile, 'utf8').trim().split('\n').slice(-8).join('\n');
  return text === '' ? '' : `:\n${text}`;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function takesConnections(port) {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'].includes(error.code)) return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

function hasEnded(handle) {
  return handle.failed !== null || handle.child.exitCode !== null || handle.child.signalCode !== null;
}

function signalGroup(handle, signal) {
  if (handle.pid === undefined) return;
  signalProcess(ownGroups ? -handle.pid : handle.pid, signal);
}

function signalProcess(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** The last resort, run as the process exits for whatever reason: no waiting is possible here. */
function endAll() {
  for (const handle of running) signalGroup(handle, 'SIGKILL');
  for (const { home, stop } of homes) {
    const env = { ...process.env, LLMGW_HOME: home };
    if (process.platform !== 'linux') spawnSync(stop[0], stop.slice(1), { env, timeout: stopLimitMs, stdio: 'ignore' });
    for (const pid of processesWith(`LLMGW_HOME=${home}`)) signalProcess(pid, 'SIGKILL');
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
