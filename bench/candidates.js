// The candidates: what stands between the load and the upstream. Each is started once, pinned to the gateway's core.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chatRequest, messagesRequest } from './canned.js';
import { freePort, pinned, startProcess, waitForPort } from './children.js';
import { startLlmgw } from './llmgw.js';
import { findProgram, treeOf } from './machine.js';
import { proxyArguments, upstreamArguments } from './nginx.js';
import { installPeer, portkey } from './peers.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Chunks of a stream under load, and of one whose first token is timed. */
export const chunksPerStream = 100;
const chunksPerProbe = 20;

/** How the load asks: where, and in which words. */
const CHAT = { path: '/chat/completions', request: chatRequest };
const MESSAGES = { path: '/messages', request: messagesRequest };

/** In the order of the table. */
export const candidateNames = ['direct', 'nginx', 'bare', 'llmgw', 'messages-to-chat', 'chat-to-messages', 'portkey'];

const starters = {
  direct,
  nginx: nginxProxy,
  bare: bareProxy,
  llmgw,
  'messages-to-chat': messagesToChat,
  'chat-to-messages': chatToMessages,
  portkey: portkeyGateway,
};

/** Starts the two upstreams: one answers whole (nginx where installed), the other streams. */
export async function startUpstreams({ cores, folder }) {
  const nginx = findProgram('nginx');
  const own = { cores, folder };
  const streaming = await listen(['upstream-streaming', 'load'], own, (port) => node('upstream.js', port));
  if (nginx === null) return { canned: streaming, streaming, name: 'node' };
  const canned = await listen(['upstream', 'load'], own, (port) => [nginx, ...upstreamArguments(folder, port)]);
  return { canned, streaming, name: 'nginx' };
}

/**
 * Starts a candidate: `{name, pids, whole, stream, first}`, where the last three are what the load asks for, each
 * `{url, headers, body}`. `pids` is the gateway's process tree, null where there is no gateway.
 * Gives `{name, skipped: reason}` where the machine lacks what it needs.
 */
export async function startCandidate(name, context) {
  return { name, ...(await starters[name](context)) };
}

function direct({ upstreams }) {
  return { pids: null, ...targets({ whole: at(upstreams.canned), stream: at(upstreams.streaming) }) };
}

async function nginxProxy(context) {
  const nginx = findProgram('nginx');
  if (nginx === null) return { skipped: 'nginx is not installed' };
  const { folder, upstreams } = context;
  const gateway = await listen(['nginx', 'gateway'], context, (port) => [
    nginx,
    ...proxyArguments(folder, { port, cannedPort: upstreams.canned.port, streamingPort: upstreams.streaming.port }),
  ]);
  return { pids: treeOf(gateway.pid), ...throughPrefix(gateway.port) };
}

async function bareProxy(context) {
  const { canned, streaming } = context.upstreams;
  const gateway = await listen(['bare', 'gateway'], context, (port) => [
    ...node('bare-proxy.js', port),
    ...['--canned', `${canned.port}`, '--streaming', `${streaming.port}`],
  ]);
  return { pids: treeOf(gateway.pid), ...throughPrefix(gateway.port) };
}

async function llmgw(context) {
  const gateway = await sharedLlmgw(context);
  return { pids: treeOf(gateway.pid), gateway, ...llmgwTargets(gateway) };
}

/** Anthropic's format in front, OpenAI's behind: every request and every chunk is translated. */
async function messagesToChat(context) {
  const gateway = await sharedLlmgw(context);
  return { pids: treeOf(gateway.pid), ...llmgwTargets(gateway, { face: MESSAGES }) };
}

async function chatToMessages(context) {
  const gateway = await sharedLlmgw(context);
  return { pids: treeOf(gateway.pid), ...llmgwTargets(gateway, { providers: '-messages' }) };
}

/** One process for all that is asked of llmgw: what passes through and what is translated differ in nothing else. */
async function sharedLlmgw(context) {
  context.gateway ??= await startLlmgw(context);
  return context.gateway;
}

/** What the load asks of a running llmgw, `{port, key}`; `providers`: what the names of those end with. */
export function llmgwTargets({ port, key }, { face = CHAT, providers = '' } = {}) {
  return targets({
    whole: { url: `http://127.0.0.1:${port}/v1`, model: `mock${providers}/bench-model` },
    stream: { url: `http://127.0.0.1:${port}/v1`, model: `streaming${providers}/bench-model` },
    headers: { authorization: `Bearer ${key}` },
    face,
  });
}

async function portkeyGateway(context) {
  const root = await installPeer(portkey);
  const script = join(root, 'build', 'start-server.js');
  if (!existsSync(script)) return { skipped: `${portkey.name} has no ${script}` };
  const preload = new URL('loopback-only.js', import.meta.url).href;
  const gateway = await listen(['portkey', 'gateway'], context, (port) => [
    ...[process.execPath, '--import', preload, script, `--port=${port}`, '--headless'],
  ]);
  const toUpstream = ({ port }) => ({
    url: `http://127.0.0.1:${gateway.port}/v1`,
    headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `http://127.0.0.1:${port}/v1` },
  });
  const { canned, streaming } = context.upstreams;
  return { pids: treeOf(gateway.pid), ...targets({ whole: toUpstream(canned), stream: toUpstream(streaming) }) };
}

/** Starts a server on a free port, with only what it needs of our environment, and waits until it listens. */
async function listen([name, on], { cores, folder }, commandOf) {
  const port = await freePort();
  const env = { PATH: process.env.PATH, HOME: folder, NODE_ENV: 'production', TMPDIR: folder };
  const handle = startProcess(pinned(cores, on, commandOf(port)), { name, folder, env, cwd: folder });
  await waitForPort(port, handle);
  return { port, pid: handle.pid };
}

function node(script, port) {
  return [process.execPath, join(here, script), '--port', `${port}`];
}

function at({ port }) {
  return { url: `http://127.0.0.1:${port}/v1` };
}

function throughPrefix(port) {
  return targets({
    whole: { url: `http://127.0.0.1:${port}/v1` },
    stream: { url: `http://127.0.0.1:${port}/streaming/v1` },
  });
}

function targets({ whole, stream, headers = { authorization: 'Bearer sk-bench' }, face = CHAT }) {
  const target = (side, chunks) => ({
    url: `${side.url}${face.path}`,
    headers: { 'content-type': 'application/json', ...headers, ...side.headers },
    body: face.request({ modelName: side.model, chunks }),
  });
  return {
    whole: target(whole, 0),
    stream: target(stream, chunksPerStream),
    first: target(stream, chunksPerProbe),
    chunksPerProbe,
  };
}
