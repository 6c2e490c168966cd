// The rounds: short slices of load, all candidates in turn, so that whatever else the machine does hits all alike.
import { setTimeout as delay } from 'node:timers/promises';
import { chunksPerStream } from './candidates.js';
import { processorMs, residentMb } from './machine.js';

const streams = 32;
const sampleEveryMs = 200;
/** Work that a gateway does after its answer (rows, collections) belongs to the slice that caused it. */
const settleMs = 100;

/** The kinds of slice in a round. */
const slices = [
  { name: 'c1', measure: (...given) => measureRequests(...given, 1) },
  { name: 'c32', measure: (...given) => measureRequests(...given, 32) },
  { name: 'c256', measure: (...given) => measureRequests(...given, 256) },
  { name: 'stream', measure: measureStreams },
  { name: 'first', measure: measureFirstToken },
];

/** Reads what each candidate holds in memory before any load, then warms each up. */
export async function warmUp(candidates, load, { seconds }) {
  await delay(2_000);
  const idle = new Map(candidates.map((candidate) => [candidate.name, memoryOf(candidate)]));
  for (const candidate of candidates) {
    await load.drive(candidate.whole, { connections: 32, seconds });
    await load.drive(candidate.stream, { connections: 8, seconds });
  }
  return idle;
}

/** Runs the rounds and gives every slice: `[{round, slice, candidate, …figures}]`. */
export async function runRounds(candidates, load, { rounds, seconds, onSlice }) {
  const results = [];
  for (let round = 0; round < rounds; round++) {
    for (const slice of slices) {
      for (const candidate of rotated(candidates, round)) {
        onSlice({ round, slice: slice.name, candidate: candidate.name });
        const figures = await slice.measure(candidate, load, seconds);
        results.push({ round, slice: slice.name, candidate: candidate.name, ...figures });
      }
    }
  }
  return results;
}

/** Drives `connections` at once for `seconds`: processor time per request in µs, rate, latencies, memory. */
export async function measureRequests(candidate, load, seconds, connections) {
  const { figures, processor, memoryMb } = await watched(candidate, () =>
    load.drive(candidate.whole, { connections, seconds }),
  );
  return {
    requests: figures.requests,
    failed: figures.failed,
    perSecond: perSecond(figures.requests, figures.durationMs),
    p50Ms: figures.p50Ms,
    p99Ms: figures.p99Ms,
    processorUs: each(processor, figures.requests),
    memoryMb,
  };
}

/** Streams of a hundred chunks. Those cut off at the end of the slice are paid for but not counted: about 1 %. */
async function measureStreams(candidate, load, seconds) {
  const { figures, processor, memoryMb } = await watched(candidate, () =>
    load.drive(candidate.stream, { connections: streams, seconds }),
  );
  const chunks = figures.requests * chunksPerStream;
  return {
    chunks,
    failed: figures.failed,
    perSecond: perSecond(chunks, figures.durationMs),
    processorUs: each(processor, chunks),
    memoryMb,
  };
}

async function measureFirstToken(candidate, load, seconds) {
  const { chunksPerProbe } = candidate;
  return load.probe(candidate.first, { count: 200 * seconds, chunks: chunksPerProbe, seconds });
}

/** Runs some load and tells what the candidate's processes spent meanwhile, and the most memory they held. */
async function watched(candidate, run) {
  const samples = [];
  const sampler = setInterval(() => samples.push(memoryOf(candidate)), sampleEveryMs);
  try {
    const before = candidate.pids === null ? null : processorMs(candidate.pids);
    const figures = await run();
    await delay(settleMs);
    const processor = before === null ? null : processorMs(candidate.pids) - before;
    samples.push(memoryOf(candidate));
    return { figures, processor, memoryMb: samples.includes(null) ? null : Math.max(...samples) };
  } finally {
    clearInterval(sampler);
  }
}

function memoryOf({ pids }) {
  return pids === null ? null : residentMb(pids);
}

function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function perSecond(count, durationMs) {
  return (count / durationMs) * 1000;
}

/** ms for `count` things → µs for each. */
function each(ms, count) {
  return ms === null || count === 0 ? null : (ms * 1000) / count;
}
