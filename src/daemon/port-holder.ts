import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { contactHost, hostInUrl } from './client.ts';
import { errorCode, Problem } from './problem.ts';

/** Who listens on a port; `null`: the system does not tell. */
export interface PortHolder {
  readonly process: { readonly pid: number; readonly name: string } | null;
  /** The gateway that it is, when it answers like one that is known: `LiteLLM`. */
  readonly gateway: string | null;
}

const SYSTEM_TIMEOUT_MS = 3000;
const PROBE_TIMEOUT_MS = 1000;
const MAX_PROBE_BYTES = 4096;

/** An address that was to be listened on, and where its port is chosen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** In the config. */
  readonly setting: string;
  /** `null`: the command line has none for it. */
  readonly flag: string | null;
}

/** What listening failed with, in a sentence that names the holder of a busy port and says what to do. */
export async function explainListenFailure(error: unknown, address: ListenAddress): Promise<Problem | null> {
  const { host, port } = address;
  const where = `${hostInUrl(host)}:${port}`;
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return busyPort(await findPortHolder(host, port), address, error);
    case 'EACCES':
      return new Problem('address', `Listening on ${where} is not permitted.`, {
        hint:
          port < 1024
            ? `Ports below 1024 belong to the system: choose another one ${withWhat(address)}.`
            : `Choose another port ${withWhat(address)}.`,
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Problem('address', `This machine has no address ${host} to listen on.`, {
        hint: 'Leave --host away for 127.0.0.1, or give an address of this machine.',
        cause: error,
      });
    default:
      return null;
  }
}

export async function findPortHolder(host: string, port: number): Promise<PortHolder> {
  const [holder, gateway] = await Promise.all([findListener(port), recogniseGateway(contactHost(host), port)]);
  return { process: holder, gateway };
}

function withWhat({ flag, setting }: ListenAddress): string {
  return flag === null ? `in the config (${setting})` : `with ${flag}`;
}

function busyPort(holder: PortHolder, { host, port, setting, flag }: ListenAddress, cause: unknown): Problem {
  const program = holder.process === null ? null : `${holder.process.name} (process ${holder.process.pid})`;
  const who = program ?? 'another program';
  const what = holder.gateway === null ? '' : `, which answers as another LLM gateway: ${holder.gateway}`;
  const other = port >= 65_535 ? 4000 : port + 1;
  return new Problem('address', `Port ${port} on ${host} is taken by ${who}${what}.`, {
    hint:
      flag === null
        ? `Stop it, or choose another port: ${setting} in the config.`
        : `Stop it, or choose another port: ${flag} ${other} (or ${setting} in the config).`,
    cause,
  });
}

async function findListener(port: number): Promise<PortHolder['process']> {
  switch (process.platform) {
    case 'linux':
      return findListenerInProc(port);
    case 'win32':
      return findListenerByNetstat(port);
    default:
      return findListenerByLsof(port);
  }
}

/** Linux: the socket's inode by its port, then the process that has it open. Processes of others are not told. */
async function findListenerInProc(port: number): Promise<PortHolder['process']> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const inode of listeningInodes(await readOrEmpty(table), port)) inodes.add(inode);
  }
  if (inodes.size === 0) return null;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (!(await holdsSocket(pid, inodes))) continue;
    return { pid: Number(pid), name: (await readOrEmpty(`/proc/${pid}/comm`)).trim() || 'a process' };
  }
  return null;
}

/** The inodes of listening sockets (state 0A) on this port; the format is that of proc_pid_net(5). */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = [];
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const inode = fields[9];
    if (fields[3] === '0A' && fields[1]?.endsWith(`:${wanted}`) === true && inode !== undefined) inodes.push(inode);
  }
  return inodes;
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (isGoneOrDenied(error)) return false;
    throw error;
  }
  for (const name of names) {
    const inode = /^socket:\[(\d+)\]$/.exec(await readLinkOrEmpty(`${folder}/${name}`))?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (isGoneOrDenied(error)) return '';
    throw error;
  }
}

async function readLinkOrEmpty(path: string): Promise<string> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isGoneOrDenied(error)) return '';
    throw error;
  }
}

/** A process may end, and those of other users may not be looked into, while it is asked. */
function isGoneOrDenied(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '');
}

/** macOS and the BSDs: lsof in its form for programs, one field a line: `p1234`, `cnode`. */
async function findListenerByLsof(port: number): Promise<PortHolder['process']> {
  const output = await run('lsof', ['-nP', '-F', 'pc', `-iTCP:${port}`, '-sTCP:LISTEN']);
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  if (pid === undefined) return null;
  return { pid: Number(pid), name: /^c(.+)$/m.exec(output)?.[1] ?? 'a process' };
}

async function findListenerByNetstat(port: number): Promise<PortHolder['process']> {
  const pid = netstatPid(await run('netstat', ['-ano', '-p', 'TCP']), port);
  if (pid === null) return null;
  const task = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']);
  return { pid, name: /^"([^"]+)"/.exec(task.trim())?.[1] ?? 'a process' };
}

/** The word for LISTENING is translated on other Windows: what listens is known by its peer, which has port 0. */
export function netstatPid(output: string, port: number): number | null {
  for (const line of output.split(/\r?\n/)) {
    const [protocol, local, peer, , pid] = line.trim().split(/\s+/);
    if (protocol === 'TCP' && local?.endsWith(`:${port}`) === true && peer?.endsWith(':0') === true) return Number(pid);
  }
  return null;
}

/** What the program prints; nothing when it is missing, slow or unwilling. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    // Keys in our environment are nothing for other programs.
    const { PATH, SystemRoot } = process.env;
    const env = { PATH, SystemRoot };
    const options = { timeout: SYSTEM_TIMEOUT_MS, maxBuffer: 4 * 1024 * 1024, windowsHide: true, env };
    execFile(program, args, options, (failure, stdout) => resolve(failure === null ? stdout : ''));
  });
}

/** Asks two addresses that gateways answer without a key. */
async function recogniseGateway(host: string, port: number): Promise<string | null> {
  const health = await get(host, port, '/health/liveliness');
  if (health === null) return null;
  if (health.server.startsWith('llmgw') || health.ours) return 'llmgw, of another folder or user';
  if (/I'm alive!/.test(health.body)) return 'LiteLLM';
  const root = await get(host, port, '/');
  return root !== null && /AI Gateway says hey/i.test(root.body) ? 'Portkey' : null;
}

interface Answer {
  readonly server: string;
  readonly ours: boolean;
  readonly body: string;
}

function get(host: string, port: number, path: string): Promise<Answer | null> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const outgoing = request({ host, port, path, agent: false, signal }, (incoming) => {
      const server = String(incoming.headers['server'] ?? '');
      const ours = Object.keys(incoming.headers).some((name) => name.startsWith('x-llmgw-'));
      let body = '';
      const finish = (): void => resolve({ server, ours, body: body.slice(0, MAX_PROBE_BYTES) });
      incoming.setEncoding('latin1');
      incoming.on('data', (chunk: string) => {
        body += chunk;
        if (body.length >= MAX_PROBE_BYTES) incoming.destroy();
      });
      incoming.on('close', finish);
      incoming.on('error', finish);
    });
    // Whatever it is, it does not answer like a gateway.
    outgoing.on('error', () => resolve(null));
    outgoing.end();
  });
}
