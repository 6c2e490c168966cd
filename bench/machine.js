// What the machine offers: programs on the path, cores to pin to, and what /proc tells of a process tree.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { delimiter, join } from 'node:path';

const hasProc = process.platform === 'linux' && existsSync('/proc/self/stat');
const tickMs = hasProc ? 1000 / Number(systemValue('CLK_TCK', '100')) : null;
const pageBytes = hasProc ? Number(systemValue('PAGESIZE', '4096')) : null;

/** The path of a program, or null. Service programs live in folders that a user's PATH may lack. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder !== '' && isExecutable(path)) return path;
  }
  return null;
}

/**
 * Which cores to pin to: the gateway one, upstream and load another, `all` those we were given. Null where the system
 * cannot pin (no taskset) or has one core. The load's core is not the gateway's sibling thread if there is a choice.
 */
export function pickCores() {
  const taskset = process.platform === 'linux' ? findProgram('taskset') : null;
  if (taskset === null) return null;
  const allowed = allowedCores();
  if (allowed.length < 2) return null;
  const load = allowed[0];
  const siblings = siblingsOf(load);
  const gateway = allowed.findLast((core) => !siblings.includes(core)) ?? allowed[1];
  return { taskset, gateway: String(gateway), load: String(load), all: allowed.join(',') };
}

/** The processes of a tree, the root first; only the root where the system has no /proc. */
export function treeOf(root) {
  if (!hasProc) return [root];
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = statOf(Number(entry));
    if (fields !== null) parents.set(Number(entry), Number(fields[1]));
  }
  const tree = [root];
  for (let index = 0; index < tree.length; index++) {
    for (const [pid, parent] of parents) if (parent === tree[index]) tree.push(pid);
  }
  return tree;
}

/** User + system time of these processes in ms, with all their threads and the children they waited for; or null. */
export function processorMs(pids) {
  if (!hasProc) return null;
  let ticks = 0;
  for (const pid of pids) {
    const fields = statOf(pid);
    if (fields !== null) ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  }
  return ticks * tickMs;
}

/** Resident memory of these processes in MB (10⁶ bytes), or null. */
export function residentMb(pids) {
  if (!hasProc) return null;
  let pages = 0;
  for (const pid of pids) pages += Number(statOf(pid)?.[21] ?? 0);
  return (pages * pageBytes) / 1e6;
}

/** Processes whose environment holds exactly this `NAME=value`: how a daemon that left our process group is found. */
export function processesWith(variable) {
  if (!hasProc) return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) =>
      readProc(join('/proc', entry, 'environ'))
        ?.split('\0')
        .includes(variable),
    )
    .map(Number);
}

/**
 * How many cores everybody else (other programs, the hypervisor's other guests) takes from now until the function
 * that this gives is called: what tells a quiet machine from a busy one. Null where there is no /proc.
 */
export function watchOthers() {
  const begun = performance.now();
  const before = otherMs();
  return () => (before === null ? null : Math.max(0, otherMs() - before) / (performance.now() - begun));
}

export function describeMachine() {
  return {
    system: `${type()} ${release()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 1e6),
    node: process.version,
    loadBefore: loadavg()[0],
  };
}

/** Busy and stolen time of all cores without that of this process and its descendants, in ms; or null. */
function otherMs() {
  if (!hasProc) return null;
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const all = (user + nice + system + interrupts + softInterrupts + stolen) * tickMs;
  return all - processorMs(treeOf(process.pid));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(error.code)) return false;
    throw error;
  }
}

function systemValue(name, fallback) {
  const getconf = findProgram('getconf');
  return getconf === null ? fallback : execFileSync(getconf, [name], { encoding: 'utf8' }).trim();
}

function allowedCores() {
  const line = readFileSync('/proc/self/status', 'utf8').match(/^Cpus_allowed_list:\s*(.+)$/m);
  return line === null ? [] : expand(line[1]);
}

function siblingsOf(core) {
  const list = readProc(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`);
  return list === null ? [core] : [core, ...expand(list.trim())];
}

/** `0-2,5` → [0, 1, 2, 5] */
function expand(list) {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** The fields of /proc/PID/stat behind the program's name (which may hold spaces): [state, ppid, …]; null when gone. */
function statOf(pid) {
  const line = readProc(`/proc/${pid}/stat`);
  return line === null ? null : line.slice(line.lastIndexOf(')') + 2).split(' ');
}

function readProc(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(error.code)) return null;
    throw error;
  }
}
