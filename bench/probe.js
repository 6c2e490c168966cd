// One request after another on one connection, timed by the client, a process of its own:
// `BENCH_BODY=FILE BENCH_HEADERS='name: value\n…' node bench/probe.js URL --count 200 [--chunks 20] [--limit-ms 2000]`.
// With --chunks the answer is a stream: the time counts to the first event, and every event must arrive.
// Prints `{"requests","failed","problem","p50Ms","p99Ms","maxMs"}`; `problem` is the first failure, else null.
import { readFileSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '200' },
    chunks: { type: 'string', default: '0' },
    'limit-ms': { type: 'string', default: '20000' },
  },
});
const url = new URL(positionals[0]);
const body = readFileSync(process.env.BENCH_BODY);
const chunks = Number(values.chunks);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const options = { agent, timeout: 5_000, method: 'POST', headers: { ...readHeaders(), 'content-length': body.length } };

/** How a stream of chat completions ends, and one of Anthropic's messages. */
const ENDS = new Set(['data: [DONE]', 'event: message_stop\ndata: {"type":"message_stop"}']);

const warmUps = 10;
const end = performance.now() + Number(values['limit-ms']);
const times = [];
const problems = [];
for (let index = 0; index < Number(values.count) + warmUps && performance.now() < end; index++) {
  const { ms, problem } = await ask();
  if (problem !== null) problems.push(problem);
  else if (index >= warmUps) times.push(ms);
}
agent.destroy();
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? null;
const counts = { requests: times.length, failed: problems.length, problem: problems[0] ?? null };
console.log(JSON.stringify({ ...counts, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: times.at(-1) ?? null }));

function readHeaders() {
  const lines = process.env.BENCH_HEADERS.split('\n').map((line) => line.match(/^([^:]+): (.*)$/));
  return Object.fromEntries(lines.map((match) => [match[1], match[2]]));
}

/** `{ms, problem}`: the ms to the first event of a stream, or to the end of a whole answer. */
function ask() {
  return new Promise((resolve) => {
    const start = performance.now();
    const fail = (error) => resolve({ ms: null, problem: error.message });
    let first = null;
    let text = '';
    const request = send(url, options, (answer) => {
      answer.setEncoding('utf8');
      answer.on('data', (part) => {
        text += part;
        if (first === null && text.includes('data: ')) first = performance.now() - start;
      });
      answer.on('error', fail);
      answer.on('end', () => {
        const whole = performance.now() - start;
        const problem = problemOf(answer.statusCode, text);
        if (problem === null) resolve({ ms: chunks > 0 ? first : whole, problem: null });
        else resolve({ ms: null, problem: `${problem}: ${text.slice(-200)}` });
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 5 s')));
    request.on('error', fail);
    request.end(body);
  });
}

/** Written by OpenAI, or by Anthropic. */
function tokensOf({ usage }) {
  return usage?.total_tokens ?? usage?.input_tokens + usage?.output_tokens;
}

function problemOf(status, text) {
  if (status !== 200) return `status ${status}`;
  if (chunks === 0) return tokensOf(JSON.parse(text)) === 254 ? null : "not the upstream's answer";
  const events = text.split('\n\n').filter((event) => event.includes('data: '));
  const contents = events.filter((event) => /"(?:content|text)":"[^"]/.test(event));
  if (contents.length !== chunks) return `${contents.length} of ${chunks} chunks`;
  return ENDS.has(events.at(-1)) ? null : 'no end';
}
