// What translation itself costs, without a socket: `node bench/translate.js [--rounds 15] [--only FRONT,FRONT]`.
// Every front is translated to every back, in one process, all pairs in turn, so that the compiled code is no better than
// in a daemon that serves them all. Each figure is the median of the rounds, and behind it the least.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { median } from './median.js';
import {
  agentRequest,
  converseAnswer,
  converseEvents,
  piecesPerStream,
  shortChat,
  sizeKb,
  streams,
  wholeAnswer,
} from './translate-cases.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'bench', '.cache');
const CHUNK_LIMIT_US = 10;
const AGENT_LIMIT_US = 3_000;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' }, only: { type: 'string' } } });
const rounds = Number(values.rounds);

mkdirSync(cache, { recursive: true });
const sources = await bundled();
const { backOf, emptyRequest, foldAnswer, PLAIN_QUIRKS, readRequest, UNKNOWN_USAGE } = sources;

const FACES = {
  chat: sources.CHAT_FACE,
  responses: sources.RESPONSES_FACE,
  messages: sources.MESSAGES_FACE,
  gemini: sources.GEMINI_FACE,
  ollama: sources.OLLAMA_CHAT_FACE,
};
const BACKS = {
  chat: 'openai-chat',
  responses: 'openai-responses',
  messages: 'anthropic-messages',
  gemini: 'gemini',
  ollama: 'ollama',
  bedrock: 'bedrock-converse',
};
/** Dialects that write the arguments of a call in pieces. */
const IN_PIECES = ['chat', 'responses', 'messages', 'bedrock'];
const fronts = Object.keys(FACES).filter((name) => values.only === undefined || values.only.split(',').includes(name));

const model = 'bench-model';
const quirks = { ...PLAIN_QUIRKS, streamUsage: true };
const target = { model, quirks, maxOutputTokens: 64_000, contextTokens: 1_000_000, loadedContextTokens: null };
const path = { model, stream: false };

const agentBodies = bodiesOf(agentRequest);
const shortBodies = bodiesOf(shortChat);
const [shortKb, agentKb] = [shortBodies, agentBodies].map((bodies) => sizeKb(bodies.messages).toFixed(0));
console.log(`µs, the median of ${rounds} rounds and the least. ${process.version}, ${process.arch}.`);

report(`request: a short chat (${shortKb} KB)`, requestsOf(shortBodies, 100));
const agents = report(`request: an agent's, 40 tools (${agentKb} KB)`, requestsOf(agentBodies, 1));
report('whole answer', wholeAnswers(100));
const texts = report('chunk of a stream: text', streamsOf('text'));
const pieces = report('chunk of a stream: arguments of a call', streamsOf('toolArguments'));

printTarget('a streamed chunk', [...texts, ...pieces], CHUNK_LIMIT_US);
printTarget(`an agent's request of ${agentKb} KB`, agents, AGENT_LIMIT_US);

/** The dialects' sources as one module. */
async function bundled() {
  const outfile = join(cache, 'translate.js');
  await build({
    absWorkingDir: root,
    stdin: {
      contents: `
        export * from './src/dialects/faces.ts';
        export { readRequest } from './src/dialects/request-head.ts';
        export { foldAnswer } from './src/canonical/fold-answer.ts';
        export { emptyRequest } from './src/canonical/request.ts';
        export { PLAIN_QUIRKS } from './src/canonical/quirks.ts';
        export { UNKNOWN_USAGE } from './src/canonical/usage.ts';
        export { converseFrame } from './test/contract/event-stream-frames.ts';`,
      resolveDir: root,
      sourcefile: 'translate.ts',
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  return import(pathToFileURL(outfile).href);
}

/** The request in the words of each front. */
function bodiesOf(messagesBody) {
  const request = FACES.messages.front.decodeRequest(messagesBody, path);
  const body = (name) => ({ model, ...backOf(BACKS[name]).encodeRequest(request, target).body });
  return Object.fromEntries(
    Object.keys(FACES).map((name) => [
      name,
      Buffer.from(JSON.stringify(name === 'messages' ? messagesBody : body(name))),
    ]),
  );
}

/** From the client's bytes to those for the upstream, and what of it is the reading and writing of JSON alone. */
function requestsOf(bodies, repeats) {
  const pairs = cases((front, back) => {
    const { front: decoder, body: rules } = FACES[front];
    const encoder = backOf(BACKS[back]);
    return timed(repeats, () => {
      const { head, body } = readRequest(bodies[front], rules, path);
      return Buffer.from(JSON.stringify(encoder.encodeRequest(decoder.decodeRequest(body, head), target).body));
    });
  });
  const parsed = fronts.map((front) => [
    front,
    'JSON alone',
    timed(repeats, () => Buffer.from(JSON.stringify(JSON.parse(bodies[front].toString('utf8'))))),
  ]);
  const onlyParsed = fronts.map((front) => [
    front,
    'JSON.parse',
    timed(repeats, () => JSON.parse(bodies[front].toString('utf8'))),
  ]);
  return [...pairs, ...parsed, ...onlyParsed];
}

function wholeAnswers(repeats) {
  const events = wholeAnswer(UNKNOWN_USAGE);
  const body = (back) =>
    back === 'bedrock'
      ? JSON.stringify(converseAnswer)
      : FACES[back].front.encodeAnswer(foldAnswer(events), answerContext(back));
  return cases((front, back) => {
    const bytes = Buffer.from(body(back));
    const decoder = backOf(BACKS[back]);
    const encoder = FACES[front].front;
    const context = answerContext(front);
    return timed(repeats, () => {
      const read = decoder.decodeAnswer(JSON.parse(bytes.toString('utf8')), decodeContext(front));
      return Buffer.from(encoder.encodeAnswer(foldAnswer(read), context));
    });
  });
}

/** One long stream for each pair, a chunk for each piece. */
function streamsOf(kind) {
  const written = new Map(Object.keys(BACKS).map((back) => [back, chunksOf(back, streams[kind](UNKNOWN_USAGE))]));
  const backs = kind === 'text' ? Object.keys(BACKS) : IN_PIECES;
  return cases((front, back) => () => streamUs(front, back, written.get(back)), backs);
}

function chunksOf(back, { before, pieces, after }) {
  if (back === 'bedrock') {
    const events = converseEvents({ before, pieces, after });
    return Object.fromEntries(Object.entries(events).map(([part, list]) => [part, list.map(sources.converseFrame)]));
  }
  const encoder = FACES[back].front.encodeStream(answerContext(back));
  const written = (events) =>
    events.map((event) => Buffer.from(encoder.push(event))).filter(({ length }) => length > 0);
  const chunks = { before: written(before), pieces: written(pieces), after: written(after) };
  return { ...chunks, after: [...chunks.after, Buffer.from(encoder.end())] };
}

function streamUs(front, back, { before, pieces: chunks, after }) {
  const decoder = backOf(BACKS[back]).decodeStream(decodeContext(front));
  const encoder = FACES[front].front.encodeStream(answerContext(front));
  let bytes = 0;
  const take = (chunk) => {
    let text = '';
    for (const event of decoder.push(chunk)) text += encoder.push(event);
    bytes += text === '' ? 0 : Buffer.from(text).length;
  };
  before.forEach(take);
  const begun = performance.now();
  chunks.forEach(take);
  const took = performance.now() - begun;
  after.forEach(take);
  decoder.end();
  encoder.end();
  if (bytes < piecesPerStream) throw new Error(`a stream from ${back} to ${front} came to nothing`);
  return (took * 1000) / chunks.length;
}

function requestFor(front) {
  return { ...emptyRequest(model, FACES[front].dialect), stream: true, streamUsage: true };
}

function decodeContext(front) {
  return { request: requestFor(front), provider: 'Bench', quirks };
}

function answerContext(front) {
  return {
    request: requestFor(front),
    body: {},
    exchangeId: '0190a5b0-1111-7222-8333-444455556666',
    model,
    createdAt: 1_767_225_600_000,
    now: Date.now,
    isKept: true,
    inputTokensGuess: 212,
  };
}

/** `[front, back, run]` for every pair; `run` gives the µs of one. */
function cases(make, backs = Object.keys(BACKS)) {
  return fronts.flatMap((front) => backs.map((back) => [front, back, make(front, back)]));
}

function timed(repeats, run) {
  return () => {
    const begun = performance.now();
    for (let index = 0; index < repeats; index++) run();
    return ((performance.now() - begun) * 1000) / repeats;
  };
}

/** Runs the rounds, prints the table, and gives `{median, least}` for each pair. */
function report(title, list) {
  const times = list.map(() => []);
  const warmUps = Math.max(3, Math.ceil(rounds / 3));
  for (let round = -warmUps; round < rounds; round++) {
    list.forEach(([, , run], index) => {
      const us = run();
      if (round >= 0) times[index].push(us);
    });
  }
  const figures = list.map(([front, back], index) => ({
    front,
    back,
    median: median(times[index]),
    least: Math.min(...times[index]),
  }));
  const columns = [...new Set(figures.map(({ back }) => back))];
  console.log(`\n${title}`);
  console.log(['front \\ back'.padEnd(12), ...columns.map((name) => name.padStart(14))].join(''));
  for (const front of fronts) {
    const row = figures.filter((one) => one.front === front).map((one) => `${shown(one.median)} ${shown(one.least)}`);
    console.log([front.padEnd(12), ...row.map((cell) => cell.padStart(14))].join(''));
  }
  return figures.filter(({ back }) => back in BACKS);
}

/** The target is for the median; beside other programs on the same cores the least says more. */
function printTarget(what, figures, limit) {
  const [slowest, least] = ['median', 'least'].map((kind) => Math.max(...figures.map((one) => one[kind])));
  const mark = slowest < limit ? '✓' : '✗';
  console.log(
    `\n${mark} ${what}: ${shown(slowest)} µs where it takes longest (least ${shown(least)}); the limit is ${limit} µs`,
  );
}

function shown(us) {
  return us.toFixed(us < 100 ? 1 : 0);
}
