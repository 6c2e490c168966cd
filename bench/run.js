// `npm run bench`: what the gateway costs, beside the bare call, nginx, a bare Node proxy and the peer. See README.md.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureAlone } from './alone.js';
import { startCandidate, startUpstreams } from './candidates.js';
import { pinSelf, removeAtEnd, stopEverything } from './children.js';
import { createLoad } from './load.js';
import { describeMachine, pickCores, watchOthers } from './machine.js';
import { readOptions, usage } from './options.js';
import { renderReport, summarise } from './report.js';
import { runRounds, warmUp } from './rounds.js';
import { judge } from './targets.js';

const results = fileURLToPath(new URL('results', import.meta.url));

const options = parse(process.argv.slice(2));
if (options.help) console.log(usage);
else process.exitCode = await main(options);

/**
 * Gives the exit code: 0 also when a target is missed, since this measures and does not judge; 1 when llmgw could not
 * be measured.
 */
async function main({ only, rounds, seconds, repeats, load: wanted, bin, json }) {
  const folder = mkdtempSync(join(tmpdir(), 'llmgw-bench-'));
  removeAtEnd(folder);
  const cores = pickCores();
  const machine = { ...describeMachine(), pinned: cores !== null };
  pinSelf(cores);
  try {
    const load = await createLoad({ cores, folder, wanted });
    const upstreams = await startUpstreams({ cores, folder });
    const context = { cores, folder, upstreams, bin };
    const { candidates, skipped } = await startCandidates(only, context);
    const idle = await warmUp(candidates, load, { seconds: 1 });
    const others = watchOthers();
    const onSlice = ({ round, slice, candidate }) => progress(`round ${round + 1} of ${rounds}: ${slice} ${candidate}`);
    const slices = await runRounds(candidates, load, { rounds, seconds, onSlice });
    machine.otherCores = others();
    const alone = await measureLlmgw(candidates, context, load, { repeats, skipped });
    progress('');
    const summaries = summarise(candidates, slices, idle);
    const targets = judge(summaries, alone ?? undefined);
    const setting = { machine, upstream: upstreams.name, load: load.name, options: { rounds, seconds } };
    const report = { ...setting, summaries, alone, targets, skipped };
    console.log(renderReport(report));
    write(json, { measuredAt: new Date().toISOString(), ...report, slices });
    return skipped.some(({ name }) => name === 'llmgw') ? 1 : 0;
  } finally {
    await stopEverything();
  }
}

/** A candidate that cannot be started is left out and named in the report; the others go on. */
async function startCandidates(names, context) {
  const candidates = [];
  const skipped = [];
  for (const name of names) {
    progress(`starting ${name}`);
    try {
      const candidate = await startCandidate(name, context);
      if (candidate.skipped === undefined) candidates.push(candidate);
      else skipped.push({ name, reason: candidate.skipped });
    } catch (error) {
      skipped.push({ name, reason: error.message });
    }
  }
  if (candidates.length === 0) throw new Error(skipped.map(({ name, reason }) => `${name}: ${reason}`).join('\n'));
  return { candidates, skipped };
}

/** What is measured of llmgw alone, with the other gateways out of the way; null where it is not a candidate. */
async function measureLlmgw(candidates, context, load, { repeats, skipped }) {
  if (!candidates.some(({ name }) => name === 'llmgw')) return null;
  try {
    return await measureAlone(context, load, { repeats, onStep: (step) => progress(`llmgw alone: ${step}`) });
  } catch (error) {
    skipped.push({ name: 'llmgw', reason: `the part alone failed: ${error.message}` });
    return null;
  }
}

function write(json, report) {
  const stamp = report.measuredAt.slice(0, 19).replaceAll(':', '').replace('T', '-');
  const file = json ?? join(results, `${stamp}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  console.error(`The figures: ${file}`);
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}

function parse(args) {
  try {
    return readOptions(args);
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
