// What is measured of llmgw alone: memory over 150,000 requests, start-up, and the time of two commands.
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { llmgwTargets } from './candidates.js';
import { pinned, runProcess, stopProcess } from './children.js';
import { environment, run, startLlmgw, timeDetachedStart, timeForegroundStart } from './llmgw.js';
import { residentMb, treeOf } from './machine.js';
import { median } from './median.js';

/** A module of a few lines: what Node itself takes to start and end. */
const idleModule = fileURLToPath(new URL('median.js', import.meta.url));

const requestsPerLeg = 50_000;
const connections = 32;
/** A machine that cannot do the requests within this many seconds gives what it did; the counts are in the figures. */
const maxSecondsPerLeg = 30;

/** Runs all of it in a home of its own: `{memory, commands, starts}`. */
export async function measureAlone(context, load, { repeats, onStep }) {
  onStep('150,000 requests');
  const gateway = await startLlmgw(context, { name: 'llmgw-alone' });
  const memory = await measureMemory(gateway, load);
  onStep('commands');
  const commands = await timeCommands(gateway, repeats);
  await stopProcess(gateway.handle);
  onStep('start-up');
  const starts = await timeStarts(gateway, repeats);
  return { memory, commands, starts };
}

async function measureMemory(gateway, load) {
  const target = llmgwTargets(gateway).whole;
  const pids = treeOf(gateway.pid);
  await delay(2_000);
  const idleMb = residentMb(pids);
  const legs = [];
  for (let leg = 0; leg < 3; leg++) legs.push(await driveLeg(target, load, pids));
  const [, second, third] = legs;
  return {
    idleMb,
    requests: legs.map((_, index) => legs.slice(0, index + 1).reduce((sum, leg) => sum + leg.requests, 0)),
    residentMb: legs.map((leg) => leg.residentMb),
    lowestMb: legs.map((leg) => leg.lowestMb),
    failed: legs.reduce((sum, leg) => sum + leg.failed, 0),
    // A heap goes up and down by tens of MB in waves of as many thousand requests: two moments tell nothing about it,
    // but what is left at the bottom of each wave rises only when something is kept. The first leg is the heap's growth.
    growthMb: third.lowestMb === null ? null : third.lowestMb - second.lowestMb,
  };
}

/** Slices of one second until a leg's requests are answered; `residentMb` is its end, `lowestMb` its lowest moment. */
async function driveLeg(target, load, pids) {
  const resident = [];
  const sampler = setInterval(() => resident.push(residentMb(pids)), 50);
  let requests = 0;
  let failed = 0;
  try {
    for (let second = 0; second < maxSecondsPerLeg && requests < requestsPerLeg; second++) {
      const figures = await load.drive(target, { connections, seconds: 1 });
      requests += figures.requests;
      failed += figures.failed;
    }
  } finally {
    clearInterval(sampler);
  }
  const lowestMb = resident.includes(null) ? null : Math.min(...resident);
  return { requests, failed, residentMb: median(resident.slice(-20)), lowestMb };
}

/** Wall time of whole commands in ms, beside that of a Node that does nothing. The ledger holds the requests above. */
async function timeCommands(gateway, repeats) {
  const { cores, home } = gateway;
  const bareNode = pinned(cores, 'all', [process.execPath, idleModule]);
  const commands = {
    node: () => runProcess(bareNode, { name: 'node', env: environment(home), limitMs: 10_000 }),
    help: () => run(gateway, ['--help']),
    spend: () => run(gateway, ['spend']),
  };
  const times = { node: [], help: [], spend: [] };
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [name, command] of Object.entries(commands)) times[name].push(await timed(command));
  }
  return { nodeMs: median(times.node), helpMs: median(times.help), spendMs: median(times.spend) };
}

/** From the command to the first answered chat request, in the foreground and as `llmgw start` does it: detached. */
async function timeStarts(gateway, repeats) {
  const foreground = [];
  const detached = [];
  const returned = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { answeredMs, handle } = await timeForegroundStart(gateway);
    foreground.push(answeredMs);
    await stopProcess(handle);
    const start = await timeDetachedStart(gateway);
    detached.push(start.answeredMs);
    returned.push(start.returnedMs);
    await run(gateway, ['stop']);
  }
  return { foregroundMs: median(foreground), detachedMs: median(detached), returnedMs: median(returned) };
}

async function timed(work) {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
