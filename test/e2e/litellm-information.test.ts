import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeploymentsDocument } from '../../src/daemon/deployments-document.ts';
import { makeHome, startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { json, startUpstreamServer, type UpstreamServer } from '../helpers/upstream-server.ts';

const MASTER = 'sk-1234';
const KEY = 'sk-of-the-upstream-0123456789';
const IDS = ['well', 'ill', 'dead'];
const ANSWER = {
  id: 'c',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.' } }],
  usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
};

/** It answers chats, and has no list of models. */
let upstream: UpstreamServer;
let daemon: TestDaemon;

beforeAll(async () => {
  upstream = await startUpstreamServer((response, { url, body }) => {
    if (!url.includes('/chat/')) json(response, { detail: 'Not Found' }, 404);
    else if (body.includes('ill')) json(response, { error: { message: `no ${KEY} here` } }, 500);
    else json(response, ANSWER);
  });
  const at = `api_base: "${upstream.origin}/v1", api_key: os.environ/UPSTREAM_KEY`;
  const file = `model_list:
  - model_name: chat
    litellm_params: {model: openai/well, ${at}, rpm: 60, input_cost_per_token: 1.5e-7, output_cost_per_token: 0.0000006}
    model_info:
      id: well
      access_groups: [beta]
      description: $5 a month
      owner: {team: search, api_key: of-nobody, budget: os.environ/UPSTREAM_KEY, seen: ${KEY}}
  - model_name: chat
    litellm_params: {model: openai/ill, ${at}, rpm: 60, extra_headers: {x-secret: ${KEY}}}
    model_info: {id: ill}
  - model_name: dead
    litellm_params: {model: hosted_vllm/gone, api_base: "http://127.0.0.1:1/v1"}
    model_info: {id: dead}
router_settings: {allowed_fails: 0, cooldown_time: 600}
general_settings: {master_key: ${MASTER}}
`;
  const home = makeHome({ env: { UPSTREAM_KEY: KEY } });
  const path = join(home.folder, 'litellm.yaml');
  writeFileSync(path, file, { mode: 0o600 });
  daemon = await startDaemon({ home, args: ['--config', path], profile: null });
});
afterAll(async () => {
  await daemon.remove();
  await upstream.close();
});

const headers = { authorization: `Bearer ${MASTER}`, 'content-type': 'application/json' };

async function get(path: string): Promise<{ status: number; body: Record<string, unknown>; text: string }> {
  const answer = await fetch(daemon.url + path, { headers });
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) as Record<string, unknown> };
}

/** The states of the file's deployments; a model server of this machine may be found too. */
async function stateIn(path: string): Promise<Record<string, string>> {
  const { healthy_endpoints: healthy, unhealthy_endpoints: unhealthy } = (await get(path)).body;
  const all = [healthy, unhealthy].flat() as { model_id: string; state: string }[];
  return Object.fromEntries(all.flatMap(({ model_id: id, state }) => (IDS.includes(id) ? [[id, state]] : [])));
}

let conversations = 0;

/** Each is a conversation of its own: one that goes on stays where it was. */
async function chat(): Promise<number> {
  const content = `Hello ${++conversations}.`;
  const body = JSON.stringify({ model: 'chat', messages: [{ role: 'user', content }] });
  return (await fetch(`${daemon.url}/v1/chat/completions`, { method: 'POST', headers, body })).status;
}

describe("a LiteLLM file's deployments on a server that lists no models", () => {
  it('are well until one fails, and then it is told why and until when, in every place', async () => {
    expect(await stateIn('/health')).toEqual({ well: 'open', ill: 'open', dead: 'down' });
    const calls = upstream.calls.filter(({ url }) => url.includes('/chat/')).length;
    expect(calls).toBe(0);
    // By their weights both are asked, sooner or later.
    await expect
      .poll(
        async () => {
          expect(await chat()).toBe(200);
          return (await stateIn('/health'))['ill'];
        },
        { timeout: 20_000, interval: 5 },
      )
      .toBe('cooled');
    const { body, text } = await get('/health');
    expect(body['unhealthy_endpoints']).toEqual([
      {
        model: 'openai/ill',
        model_name: 'chat',
        model_id: 'ill',
        api_base: `${upstream.origin}/v1`,
        state: 'cooled',
        error: expect.stringContaining('answered 500') as string,
        cooldown_until: expect.any(String) as string,
      },
      expect.objectContaining({ model: 'hosted_vllm/gone', model_id: 'dead', state: 'down' }),
    ]);
    expect(text).not.toContain(KEY);
    const { deployments } = (await daemon.manage('/llmgw/deployments')) as DeploymentsDocument;
    const ofFile = deployments.filter(({ id }) => IDS.includes(id));
    expect(ofFile.map(({ id, state, requests_limit: limit }) => [id, state, limit])).toEqual([
      ['well', 'open', 60],
      ['ill', 'cooled', 60],
      ['dead', 'down', null],
    ]);
    expect(ofFile[0]?.requests).toBeGreaterThan(0);
    const { stdout } = await daemon.home.run(['status']);
    expect(stdout).toMatch(/ill \(.*\) +until .*answered 500/);
    expect(stdout).toMatch(/dead \(.*\) +down +Nobody listens/);
  });

  it('are told of with price, limits and access groups, and without a key', async () => {
    const { body, text } = await get('/v1/model/info?litellm_model_id=well');
    expect(body['data']).toMatchObject([
      {
        model_name: 'chat',
        litellm_params: { model: 'openai/well', api_base: `${upstream.origin}/v1`, rpm: 60 },
        model_info: {
          id: 'well',
          input_cost_per_token: 1.5e-7,
          output_cost_per_token: 6e-7,
          access_groups: ['beta'],
          description: '$5 a month',
          owner: {
            team: 'search',
            budget: 'os.environ/UPSTREAM_KEY',
            seen: expect.not.stringContaining(KEY) as string,
          },
        },
      },
    ]);
    expect(text).toContain('"input_cost_per_token":1.5e-7,"output_cost_per_token":6e-7');
    for (const path of ['/model/info', '/model_group/info', '/health', '/routes']) {
      expect((await get(path)).text).not.toContain(KEY);
    }
  });
});
