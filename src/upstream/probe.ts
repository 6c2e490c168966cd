import { Agent, request } from 'undici';
import { isNotHttp } from './failure.ts';
import type { Probe, ProbeAnswer, ProbeFailure, ProbeRequest } from '../canonical/probe.ts';
import { CollectedBytes } from '../std/collected-bytes.ts';

/** A probe is rare: no connection is kept between two, so that a server that vanished is seen at once. */
const options = { pipelining: 0, connections: 8 } as const;

export interface Prober {
  readonly probe: Probe;
  close(): Promise<void>;
}

/** Small requests for finding servers and listing models. They never throw and follow no redirect. */
export function createProber(): Prober {
  const agents = new Map<string, Agent>();
  const agentFor = (asked: ProbeRequest): Agent => {
    const insecure = asked.insecureTls === true;
    const key = `${asked.connectTimeoutMs} ${insecure}`;
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = new Agent({
      ...options,
      connect: { timeout: asked.connectTimeoutMs, rejectUnauthorized: !insecure },
    });
    agents.set(key, agent);
    return agent;
  };
  return {
    probe: (asked) => probeWith(agentFor(asked), asked),
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

async function probeWith(dispatcher: Agent, asked: ProbeRequest): Promise<ProbeAnswer | ProbeFailure> {
  const timeout = AbortSignal.timeout(asked.connectTimeoutMs + asked.answerTimeoutMs);
  const signal = asked.signal === undefined ? timeout : AbortSignal.any([timeout, asked.signal]);
  try {
    const answer = await request(asked.url, {
      dispatcher,
      signal,
      method: asked.method ?? 'GET',
      headers: { accept: 'application/json', ...asked.headers },
      body: asked.body ?? null,
    });
    const body = new CollectedBytes();
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (body.length + chunk.length > asked.maxBytes) return 'too_large';
      body.push(chunk);
    }
    return { status: answer.statusCode, headers: single(answer.headers), body: body.take().toString('utf8') };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return nameProbeFailure(error, timeout.aborted);
  }
}

function single(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}

function nameProbeFailure(error: Error, timedOut: boolean): ProbeFailure {
  const { code } = error as { code?: unknown };
  const name = typeof code === 'string' ? code : '';
  if (timedOut || name.endsWith('_TIMEOUT') || name === 'ETIMEDOUT') return 'timeout';
  if (error.name === 'AbortError') return 'aborted';
  if (name === 'ECONNREFUSED') return 'refused';
  if (isNotHttp(error, name)) return 'not_http';
  if (/CERT|TLS|SSL|SELF_SIGNED/.test(name)) return 'tls';
  return 'unreachable';
}
