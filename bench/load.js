// The load: wrk where it is installed, else autocannon from npm; and our own probe for what neither can time.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinned, runProcess } from './children.js';
import { findProgram } from './machine.js';
import { autocannon, installPeer } from './peers.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * Finds the load generator (`wanted`: wrk, autocannon, or null for the better of what there is) and gives what uses it:
 * `drive(target, {connections, seconds})` → `{requests, durationMs, p50Ms, p99Ms, maxMs, failed}`,
 * `probe(target, {count, chunks, seconds})` → `{requests, failed, problem, p50Ms, p99Ms, maxMs}`;
 * a target is `{url, headers, body}`.
 */
export async function createLoad({ cores, folder, wanted = null }) {
  const wrk = wanted === 'autocannon' ? null : findProgram('wrk');
  if (wrk === null && wanted === 'wrk') throw new Error('wrk is not installed');
  const context = { cores, files: writeBodies(folder) };
  const probe = (target, options) => runProbe(context, target, options);
  if (wrk !== null) {
    return { name: 'wrk', drive: (target, options) => runWrk({ ...context, wrk }, target, options), probe };
  }
  const cannon = join(await installPeer(autocannon), 'autocannon.js');
  const drive = (target, options) => runAutocannon({ ...context, cannon }, target, options);
  return { name: 'autocannon', drive, probe };
}

/** Bodies are handed over as files: one per text. */
function writeBodies(folder) {
  const files = new Map();
  return (body) => {
    if (!files.has(body)) {
      const file = join(folder, `body-${files.size}.json`);
      writeFileSync(file, body);
      files.set(body, file);
    }
    return files.get(body);
  };
}

async function runWrk({ cores, files, wrk }, target, { connections, seconds }) {
  const script = ['-s', join(here, 'wrk.lua')];
  const options = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`, '--timeout', '10s', ...script];
  const output = await runProcess(pinned(cores, 'load', [wrk, ...options, target.url]), {
    name: 'wrk',
    env: environment(target, files),
    limitMs: limitOf(seconds),
  });
  const { failedStatus, failedSocket, ...result } = JSON.parse(output.trim().split('\n').at(-1));
  return { ...result, failed: failedStatus + failedSocket };
}

/** autocannon times in whole milliseconds: at one connection the probe's times stand in for them. */
async function runAutocannon({ cores, files, cannon }, target, { connections, seconds }) {
  const headers = Object.entries(target.headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const request = ['-m', 'POST', '-i', files(target.body), ...headers];
  const options = ['-c', `${connections}`, '-d', `${seconds}`, '-j', ...request];
  const output = await runProcess(pinned(cores, 'load', [process.execPath, cannon, ...options, target.url]), {
    name: 'autocannon',
    limitMs: limitOf(seconds),
  });
  const result = JSON.parse(output);
  const times =
    connections === 1
      ? await runProbe({ cores, files }, target, { count: 1_000, chunks: 0, seconds: 2 })
      : { p50Ms: result.latency.p50, p99Ms: result.latency.p99, maxMs: result.latency.max };
  return {
    requests: result['2xx'],
    durationMs: result.duration * 1000,
    p50Ms: times.p50Ms,
    p99Ms: times.p99Ms,
    maxMs: times.maxMs,
    failed: result.non2xx + result.errors + result.timeouts,
  };
}

/** One request after another until `count` are done or the seconds have passed. */
async function runProbe({ cores, files }, target, { count, chunks, seconds }) {
  const limits = ['--count', `${count}`, '--limit-ms', `${seconds * 1000}`];
  const command = [process.execPath, join(here, 'probe.js'), target.url, '--chunks', `${chunks}`, ...limits];
  const output = await runProcess(pinned(cores, 'load', command), {
    name: 'probe',
    env: environment(target, files),
    limitMs: limitOf(seconds),
  });
  return JSON.parse(output);
}

function environment(target, files) {
  const headers = Object.entries(target.headers).map(([name, value]) => `${name}: ${value}`);
  return { ...process.env, BENCH_BODY: files(target.body), BENCH_HEADERS: headers.join('\n') };
}

/** What a run may take at most: its own time, and 15 s for a machine that stalls. */
function limitOf(seconds) {
  return seconds * 1000 + 15_000;
}
