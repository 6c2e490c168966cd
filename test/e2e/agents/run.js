// Real coding agents against the real gateway: see README.md.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AGENTS } from './agents.js';
import { startBack, startRecorder } from './back-server.js';
import { anthropic } from './backs/anthropic.js';
import { chat } from './backs/chat.js';
import { gemini } from './backs/gemini.js';
import { responses } from './backs/responses.js';
import { startGateway } from './gateway.js';
import { installed } from './install.js';
import { COUNTED, HELLO, PRINTED, PROMPT_TEXT, PROMPT_TOOL, promptFor } from './model.js';

const { values: options } = parseArgs({
  options: {
    agent: { type: 'string', multiple: true },
    back: { type: 'string', multiple: true },
    cache: { type: 'string', default: join(homedir(), '.cache', 'llmgw-agents') },
    capture: { type: 'string' },
    program: { type: 'string', default: fileURLToPath(new URL('../../../bin/llmgw.js', import.meta.url)) },
    server: { type: 'string' },
    model: { type: 'string', default: 'tiny-hello' },
    limit: { type: 'string', default: '90' },
  },
});
const BACKS = { chat, responses, anthropic, gemini };
const LIMIT_MS = Number(options.limit) * 1000;
/** Of what is printed of an agent that failed. */
const TAIL = 600;

const wanted = (names, name) => names === undefined || names.some((one) => name.startsWith(one));
const rows = [];
for (const agent of AGENTS.filter(({ name }) => wanted(options.agent, name))) {
  const program = installed(agent, options.cache);
  if (options.server !== undefined) await note(agent, options.server, () => runOnServer(agent, program));
  else
    for (const [name, back] of Object.entries(BACKS)) {
      if (wanted(options.back, name)) await note(agent, name, () => runOnBack(agent, program, name, back));
    }
}
console.table(rows.map(({ odd, ...row }) => ({ ...row, odd: odd === '' ? '' : 'see above' })));
process.exitCode = rows.every(({ odd }) => odd === '') ? 0 : 1;

async function note(agent, back, run) {
  const row = { agent: agent.name, back, ...(await run().catch((error) => ({ odd: String(error.message ?? error) }))) };
  rows.push(row);
  console.log(`${row.agent} over ${row.back}: ${row.odd === '' ? 'ok' : row.odd}`);
}

/** A talk, then a tool loop, over one scripted provider. */
async function runOnBack(agent, program, backName, back) {
  const server = await startBack(back, { passes: agent.dialect === back.dialect });
  const { provider, dialect, basePath, model } = back;
  const address = `base_url: "${server.url}${basePath}", api_key: fake-key`;
  const config = `providers:\n  ${provider}: {dialect: ${dialect}, ${address}, models: [${model}]}`;
  return inGateway(agent, program, { config, target: `${provider}/${model}`, backName }, server);
}

/** A talk over a real model server, whose model says what it says. */
async function runOnServer(agent, program) {
  const config = `servers: [{name: box, base_url: "${options.server}"}]`;
  return inGateway(agent, program, { config, target: `box/${options.model}`, backName: options.model }, null);
}

async function inGateway(agent, program, { config, target, backName }, server) {
  const gateway = await startGateway(options.program, { config, target });
  const recorder = await startRecorder(gateway.url);
  const odd = [];
  try {
    const ask = (prompt) => runAgent(agent, program, { url: recorder.url, key: gateway.key, prompt });
    const talk = await ask(PROMPT_TEXT);
    const textOk = server === null ? talk.code === 0 : talk.said.includes(HELLO.slice(0, -3));
    if (!textOk) odd.push(`text: ${talk.code} ${talk.said.slice(-TAIL)}`);
    const row = { text: textOk ? 'ok' : 'NO', tools: server === null ? talk.said.trim().slice(-60) : '-' };
    if (server !== null) {
      row.tools = await toolLoop(ask, server, odd);
      for (const probe of agent.probes ?? []) row.tools += await probed(probe, ask, server, odd);
    }
    const { dropped, refused } = seen(recorder, server);
    const booked = await bookedIn(gateway, server, odd);
    return { ...row, ...booked, dropped, odd: [...odd, ...refused].join('\n') };
  } finally {
    if (options.capture !== undefined) capture(agent, backName, recorder, server);
    await recorder.close();
    await server?.close();
    const code = await gateway.stop();
    if (code !== 0) console.log(`llmgw ended with ${code}`);
  }
}

/** Whether the agent ran both commands, and what they printed came back to the provider and to the user. */
async function toolLoop(ask, server, odd) {
  const first = server.calls.length;
  const { code, said } = await ask(PROMPT_TOOL);
  const results = server.calls.slice(first).flatMap(({ asked }) => asked?.results ?? []);
  const missing = PRINTED.filter((text) => !results.some((result) => result.includes(text)));
  const untold = PRINTED.filter((text) => !said.includes(text));
  if (missing.length === 0 && untold.length === 0) return 'ok';
  odd.push(`tools: ended with ${code}, not run: [${missing}], not told: [${untold}]: ${said.slice(-TAIL)}`);
  return 'NO';
}

/** Whether the agent knew the tool that was called, whatever it thought of the arguments. */
async function probed({ tool, given, denied }, ask, server, odd) {
  const first = server.calls.length;
  const { code, said } = await ask(promptFor(tool, given));
  const [result] = server.calls.slice(first).flatMap(({ asked }) => asked?.results ?? []);
  if (result !== undefined && !denied.test(result)) return ` ${tool}`;
  odd.push(`${tool}: ended with ${code}, result: ${result}, told: ${said.slice(-TAIL)}`);
  return ` no ${tool}`;
}

/** What the gateway left out of requests, and each answer that was no success. */
function seen({ exchanges }, server) {
  const dropped = new Set(exchanges.flatMap((one) => one.dropped?.split(/,\s*/) ?? []));
  const failed = exchanges
    .filter(({ status, method }) => (status === null || status >= 400) && method === 'POST')
    .map(({ method, url, status, answer }) => `${method} ${url}: ${status} ${answer.slice(0, 300)}`);
  const refused = (server?.calls ?? []).flatMap((call) => (call.refused ? [`back refused: ${call.refused}`] : []));
  return { dropped: [...dropped].join(' '), refused: [...new Set([...failed, ...refused])] };
}

/** The ledger against what the provider counted: so much for each answer that it gave. */
async function bookedIn(gateway, server, odd) {
  const { rows: booked = [], total } = await gateway.spend();
  const sum = total ?? booked[0] ?? {};
  if (server === null) return { ledger: JSON.stringify(sum) };
  const answers = server.calls.filter(({ asked }) => asked !== undefined && !asked.counts).length;
  const expected = { input: answers * COUNTED.input, output: answers * COUNTED.output };
  const right = sum.input_tokens === expected.input && sum.output_tokens === expected.output;
  if (!right) odd.push(`ledger: ${JSON.stringify(sum)} for ${JSON.stringify(expected)}`);
  return { answers, ledger: right ? 'ok' : 'NO', usd: sum.cost_usd ?? null };
}

/** Runs an agent in a home and a folder of its own, with nothing of this one's environment and a closed stdin. */
async function runAgent(agent, program, { url, key, prompt }) {
  const home = mkdtempSync(join(tmpdir(), 'llmgw-agent-home-'));
  const cwd = join(home, 'project');
  mkdirSync(cwd);
  const { args, env, files = {} } = agent.start({ url, key, home, prompt });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const byNode = program.endsWith('.js');
  const [command, ...before] = byNode ? [process.execPath, program] : [program];
  const environment = { PATH: process.env.PATH, HOME: home, TERM: 'dumb', ...env };
  // A group of its own, so that what the agent started ends with it.
  const options_ = { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true };
  const child = spawn(command, [...before, ...args], options_);
  let said = '';
  child.stdout.on('data', (bytes) => (said += bytes));
  child.stderr.on('data', (bytes) => (said += bytes));
  const timer = setTimeout(() => endGroup(child.pid), LIMIT_MS);
  const code = await new Promise((resolve) => child.once('exit', (status, signal) => resolve(status ?? signal)));
  clearTimeout(timer);
  endGroup(child.pid);
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  return { code, said };
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Keeps what went over both sides of the gateway, for a person to read. The agents' prompts are in it. */
function capture(agent, backName, recorder, server) {
  const name = `${agent.name}-${backName}`.replaceAll(/[^\w-]/g, '_');
  mkdirSync(options.capture, { recursive: true });
  const client = recorder.exchanges.map(
    ({ headers: { authorization, 'x-api-key': key, 'x-goog-api-key': goog, ...headers }, ...one }) => {
      void [authorization, key, goog];
      return { ...one, headers, body: jsonOr(one.body) };
    },
  );
  const text = JSON.stringify({ client, upstream: server?.calls ?? [] }, null, 1);
  writeFileSync(join(options.capture, `${name}.json`), text);
}

function jsonOr(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
