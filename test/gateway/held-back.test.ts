import { afterEach, describe, expect, it } from 'vitest';
import { errorOf } from '../helpers/exchange-stage.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { startProvidersStage } from '../helpers/providers-stage.ts';
import type { ProvidersStage } from '../helpers/providers-stage.ts';
import { KEY } from '../helpers/test-server.ts';
import type { Answer } from '../helpers/test-server.ts';
import { eventStream, json } from '../helpers/upstream-server.ts';

let stage: ProvidersStage | null = null;
afterEach(async () => {
  await stage?.close();
  stage = null;
});

const lenient = { general: null, contextWindow: null, contentPolicy: ['lenient'] };
const models = [
  modelGroup('chat', [configured('a/m')], { resilience: { fallbacks: lenient } }),
  modelGroup('strict', [configured('a/m')]),
  modelGroup('lenient', [configured('b/m')]),
];

const USAGE = { prompt_tokens: 10, completion_tokens: 0 };
const HELD_BACK = {
  id: 'chatcmpl-2',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'content_filter' }],
  usage: USAGE,
};
const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const OPENING = chunk({ role: 'assistant', content: '' });
const DONE = 'data: [DONE]\n\n';

async function start(): Promise<ProvidersStage> {
  stage = await startProvidersStage(['a', 'b'], { models, routing: NO_RETRIES });
  stage.at('a').answer = (response) => json(response, HELD_BACK);
  return stage;
}

function post(at: ProvidersStage, path: string, body: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${KEY}` };
  return at.server.ask({ method: 'POST', path, headers, body: JSON.stringify(body) });
}

const SAID = { max_tokens: 16, messages: [{ role: 'user', content: 'hello' }] };

describe('an answer that a filter held back', () => {
  it('is a failure where somebody is named who may answer, booked with what it took', async () => {
    const at = await start();
    const answer = await at.chat({ model: 'chat' });
    expect([answer.status, answer.headers['x-llmgw-model']]).toEqual([200, 'b/m']);
    expect(answer.headers).toMatchObject({ 'x-llmgw-attempts': '2', 'x-llmgw-fallback': 'lenient' });
    expect(await at.rows()).toEqual([
      [1, 'a/m', 'failed', 'upstream_error', false],
      [2, 'b/m', 'answered', null, true],
    ]);
    expect(at.server.ledger.rows[0]?.settlements[0]?.usage).toMatchObject({ inputTokens: 10, outputTokens: 0 });
  });

  it('is one too where it is written anew', async () => {
    const at = await start();
    const answer = await post(at, '/v1/messages', { model: 'chat', ...SAID });
    expect([answer.status, answer.headers['x-llmgw-model']]).toEqual([200, 'b/m']);
  });

  it('is an answer as any other, where nobody is', async () => {
    const at = await start();
    const answer = await at.chat({ model: 'strict' });
    expect([answer.status, answer.json]).toEqual([200, HELD_BACK]);
    expect(answer.headers).not.toHaveProperty('x-llmgw-attempts');
    expect(answer.headers).not.toHaveProperty('x-llmgw-fallback');
    expect((await at.chat({ model: 'chat', disable_fallbacks: true })).json).toEqual(HELD_BACK);
  });

  it('is told as what it is, where those who are named do not answer either', async () => {
    const at = await start();
    at.at('b').answer = (response) => json(response, { error: { message: 'no', code: 'content_filter' } }, 400);
    const answer = await at.chat({ model: 'chat' });
    expect(answer.status).toBe(400);
    expect(errorOf(answer).message).toContain('filter');
  });
});

describe('a stream that a filter ends', () => {
  it.each([
    ['as it comes', '/v1/chat/completions'],
    ['written anew', '/v1/messages'],
  ])('before anything was said is a failure that nobody sees: %s', async (_, path) => {
    const at = await start();
    at.at('a').answer = (response) => eventStream(response, OPENING + chunk({}, 'content_filter') + DONE);
    at.at('b').answer = (response) =>
      eventStream(response, OPENING + chunk({ content: 'yes' }) + chunk({}, 'stop') + DONE);
    const answer = await post(at, path, { model: 'chat', stream: true, ...SAID });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('yes');
    expect(answer.text).not.toContain('content_filter');
    expect(answer.headers).toMatchObject({ 'x-llmgw-attempts': '2', 'x-llmgw-fallback': 'lenient' });
  });

  it('behind something that was said goes on to its client', async () => {
    const at = await start();
    const pieces = [OPENING, chunk({ content: 'so' }), chunk({}, 'content_filter'), DONE];
    at.at('a').answer = (response) => eventStream(response, pieces.join(''));
    const answer = await at.chat({ model: 'chat', stream: true });
    expect(answer.text).toBe(pieces.join(''));
    expect(at.calls()).toEqual({ a: 1, b: 0 });
  });

  it('as any other passes on byte for byte', async () => {
    const at = await start();
    const pieces = [': hi\n\n', OPENING, chunk({ content: 'yes' }), chunk({}, 'stop'), DONE];
    at.at('a').answer = (response) => eventStream(response, pieces.join(''));
    const answer = await at.chat({ model: 'chat', stream: true });
    expect(answer.text).toBe(pieces.slice(1).join(''));
  });
});
