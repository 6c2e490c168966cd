// Two builds of llmgw, asked in turn: `node bench/compare.js --old ../other/bin/llmgw.js [--rounds 15] [--seconds 1]`.
// Both run at once on the same core with the same upstream, and each round asks first one, then the other, so that
// whatever else the machine does hits both alike. Compared is processor time: medians, and the least and the most.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messagesRequest } from './canned.js';
import { llmgwTargets, startUpstreams } from './candidates.js';
import { pinSelf, removeAtEnd, stopEverything } from './children.js';
import { startLlmgw } from './llmgw.js';
import { createLoad } from './load.js';
import { pickCores, treeOf } from './machine.js';
import { median } from './median.js';
import { measureRequests } from './rounds.js';

const ownBin = fileURLToPath(new URL('../bin/llmgw.js', import.meta.url));
const messages = { path: '/messages', request: messagesRequest };
const CONNECTIONS = 32;
/** What each build is asked. */
const CASES = {
  'chat, passed through': {},
  'messages to chat': { face: messages },
};

const { values } = parseArgs({
  options: {
    old: { type: 'string' },
    new: { type: 'string', default: ownBin },
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1' },
  },
});
if (values.old === undefined) throw new Error('--old BIN: the build that is compared with');
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];

const folder = mkdtempSync(join(tmpdir(), 'llmgw-bench-'));
removeAtEnd(folder);
const cores = pickCores();
pinSelf(cores);
try {
  const load = await createLoad({ cores, folder });
  const upstreams = await startUpstreams({ cores, folder });
  const builds = [];
  for (const name of ['old', 'new']) {
    const gateway = await startLlmgw({ cores, folder, upstreams, bin: resolve(values[name]) }, { name });
    builds.push({ name, gateway, pids: treeOf(gateway.pid) });
  }
  for (const [name, options] of Object.entries(CASES)) console.log(shown(name, await compared(builds, load, options)));
} finally {
  await stopEverything();
}

/** `{old, new}`: the µs of each round. The first round warms up and is left out. */
async function compared(builds, load, options) {
  const times = { old: [], new: [] };
  for (let round = -1; round < rounds; round++) {
    const order = round % 2 === 0 ? builds : builds.toReversed();
    for (const { name, gateway, pids } of order) {
      const candidate = { name, pids, ...llmgwTargets(gateway, options) };
      const { processorUs, failed } = await measureRequests(candidate, load, seconds, CONNECTIONS);
      if (failed > 0) throw new Error(`${name}: ${failed} requests failed`);
      if (round >= 0) times[name].push(processorUs);
    }
  }
  return times;
}

/** The difference is the median of the rounds': the two of a round had the same machine. */
function shown(name, times) {
  const shares = times.new.map((after, round) => (after / times.old[round] - 1) * 100);
  return `${name}: ${spread(times.old)} µs before, ${spread(times.new)} µs now: ${spread(shares)} %`;
}

/** The median, the least and the most. */
function spread(list) {
  return `${median(list).toFixed(1)} (${Math.min(...list).toFixed(1)} to ${Math.max(...list).toFixed(1)})`;
}
