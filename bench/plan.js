// What planning a request costs, its first step, without a socket: `node bench/plan.js [--rounds 15]`.
// Once with 1,000 deployments in 100 groups, one request for each group in turn, and once with 100 in a single group, for
// every strategy. Each figure is the median of the rounds, and behind it the least: processor time, since nothing waits.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { median } from './median.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'bench', '.cache');
const LIMIT_US = 15;
const NOON = Date.UTC(2026, 10, 21, 12);
/** Of each round, for every strategy and every case. */
const CHOICES = 2000;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const rounds = Number(values.rounds);

mkdirSync(cache, { recursive: true });
const sources = await bundled();
const { HealthBook, firstStep, STRATEGIES } = sources;

/** How many of ten are left alone, and what a request asks for. */
const CASES = {
  plain: { coolOf10: 0, asked: {} },
  'tags, region': { coolOf10: 0, asked: { tags: ['pii', '!us'], region: 'eu' } },
  'half cooled': { coolOf10: 5, asked: {} },
  'one left': { coolOf10: 9, asked: {} },
  'all cooled': { coolOf10: 10, asked: {} },
};

console.log(`µs, the median of ${rounds} rounds and the least. ${process.version}, ${process.arch}.`);
const usual = report('1,000 deployments in 100 groups', 100, 10);
report('100 deployments in one group', 1, 100);

const slowest = Math.max(...usual.map(({ us }) => us));
const mark = slowest < LIMIT_US ? '✓' : '✗';
console.log(
  `\n${mark} a first step among 1,000 in 100 groups: ${shown(slowest)} µs at most; the limit is ${LIMIT_US} µs`,
);

/** The router's sources as one module. */
async function bundled() {
  const outfile = join(cache, 'plan.js');
  await build({
    absWorkingDir: root,
    stdin: {
      contents: `
        export * from './src/canonical/strategy.ts';
        export { PLAIN_TERMS } from './src/canonical/deployment.ts';
        export { PLAIN_QUIRKS } from './src/canonical/quirks.ts';
        export { PLAIN_CHAT } from './src/canonical/request-needs.ts';
        export { DEFAULT_RESILIENCE } from './src/canonical/resilience.ts';
        export { DEFAULT_STRATEGY_OPTIONS, DEFAULT_TAG_RULES } from './src/routing/group.ts';
        export { HealthBook } from './src/routing/health-book.ts';
        export { firstStep } from './src/routing/steps.ts';`,
      resolveDir: root,
      sourcefile: 'plan.ts',
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  return import(pathToFileURL(outfile).href);
}

/** Prints a table, and gives the median of each cell. */
function report(title, groupCount, size) {
  const cells = STRATEGIES.flatMap((strategy) =>
    Object.entries(CASES).map(([name, { coolOf10, asked }]) => {
      const book = new HealthBook();
      const groups = Array.from({ length: groupCount }, (_, index) => groupOf(index, size, strategy));
      for (const { deployments } of groups) deployments.forEach((one, at) => lived(book, one, at, coolOf10));
      return { strategy, name, groups, book, asked, times: [] };
    }),
  );
  for (let round = -Math.max(3, Math.ceil(rounds / 3)); round < rounds; round++) {
    for (const cell of cells) {
      const us = choices(cell);
      if (round >= 0) cell.times.push(us);
    }
  }
  console.log(`\n${title}`);
  console.log(['strategy'.padEnd(12), ...Object.keys(CASES).map((name) => name.padStart(15))].join(''));
  for (const strategy of STRATEGIES) {
    const row = cells.filter((cell) => cell.strategy === strategy);
    const figures = row.map(({ times }) => `${shown(median(times))} ${shown(Math.min(...times))}`.padStart(15));
    console.log([strategy.padEnd(12), ...figures].join(''));
  }
  return cells.map(({ times }) => ({ us: median(times) }));
}

function choices({ groups, book, asked }) {
  let chosen = 0;
  const begun = process.cpuUsage().user;
  for (let index = 0; index < CHOICES; index++) {
    const needs = () => ({ ...sources.PLAIN_CHAT, tools: true, contextTokens: 1500, answerTokens: 500 });
    const request = { tags: [], region: null, ...asked, needs, stream: index % 2 === 0, stickTo: null };
    const now = NOON + 2000 + index;
    const group = groups[index % groups.length];
    const step = firstStep(group, book, { ...request, now, random: Math.random }, noGroup);
    if (step.kind === 'attempt') chosen++;
  }
  const tookUs = process.cpuUsage().user - begun;
  if (chosen !== CHOICES) throw new Error(`only ${chosen} of ${CHOICES} requests found a deployment`);
  return tookUs / CHOICES;
}

function noGroup() {
  return null;
}

/** Everything that can be looked at is there to be looked at. */
function groupOf(group, size, strategy) {
  const { PLAIN_TERMS, DEFAULT_STRATEGY_OPTIONS, DEFAULT_TAG_RULES, DEFAULT_RESILIENCE } = sources;
  const deployments = Array.from({ length: size }, (_, index) => ({
    id: `group-${group}/deployment-${index}`,
    target: targetOf(`provider-${index}`, `model-${group}`),
    terms: {
      ...PLAIN_TERMS,
      weight: (index % 3) + 1,
      requestsPerMinute: 1e6,
      tokensPerMinute: 1e9,
      maxParallel: 1000,
      tags: index % 4 === 3 ? ['us'] : ['pii', 'eu'],
      region: 'eu-central-1',
    },
    price: { inputPico: 1e6 + index * 1e4, outputPico: 4e6 },
    isWarm: index % 2 === 0,
  }));
  return {
    name: `group-${group}`,
    deployments,
    absence: null,
    strategy,
    options: DEFAULT_STRATEGY_OPTIONS,
    tagRules: DEFAULT_TAG_RULES,
    resilience: DEFAULT_RESILIENCE,
    preCallChecks: true,
    sticky: true,
  };
}

function targetOf(provider, model) {
  const endpoint = { provider, dialect: 'openai-chat', quirks: sources.PLAIN_QUIRKS };
  return {
    name: `${provider}/${model}`,
    model,
    via: { kind: 'network', endpoint },
    locality: 'cloud',
    limits: { maxOutputTokens: 16_384, contextTokens: 128_000, loadedContextTokens: null },
    capabilities: ['chat', 'tools'],
    reason: '',
  };
}

/** Has answered, has some requests under way, and is left alone if it is one of so many of ten. */
function lived(book, deployment, index, coolOf10) {
  for (let sample = 0; sample < 10; sample++) {
    const call = book.began(deployment, 100, NOON);
    book.firstToken(call, 100 + (index % 7), true, NOON);
    book.succeeded(call, { durationMs: 1000 + (index % 7), outputTokens: 50, totalTokens: 150 }, NOON);
  }
  for (let call = 0; call < index % 3; call++) book.began(deployment, 100, NOON);
  // Where one of ten is left, it is one that the tags of no case keep out.
  if ((index + 9) % 10 >= coolOf10) return;
  const failure = { kind: 'rate_limit', message: 'answered 429', isUnreachable: false, retryAfterMs: 60_000 };
  const terms = { policy: sources.DEFAULT_RESILIENCE.cooldown, others: 9 };
  book.failed(book.began(deployment, 100, NOON), failure, terms, NOON);
}

function shown(us) {
  return us.toFixed(us < 100 ? 1 : 0);
}
