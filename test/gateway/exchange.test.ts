import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMPLETION, errorOf, startExchangeStage, type ExchangeStage } from '../helpers/exchange-stage.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { eventStream, json } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const DELTA =
  'data: {"id":"chatcmpl-1","model":"m-2026","choices":[{"delta":{"content":"hi"},"finish_reason":null}]}\n\n';
const FINISH = 'data: {"id":"chatcmpl-1","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const USAGE_CHUNK = 'data: {"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}}\n\n';
const ERROR_EVENT = 'data: {"error":{"message":"out of memory","type":"server_error"}}\n\n';
const DONE = 'data: [DONE]\n\n';

let stage: ExchangeStage;
let acme: UpstreamServer;
let local: UpstreamServer;
let server: TestServer;
beforeEach(async () => {
  stage = await startExchangeStage();
  ({ acme, local, server } = stage);
});
afterEach(() => stage.close());

const chat: ExchangeStage['chat'] = (model, more) => stage.chat(model, more);
const settlements: ExchangeStage['settlements'] = (count) => stage.settlements(count);

describe('a whole answer', () => {
  it('comes as the upstream sent it, with where it came from and what it cost', async () => {
    const answer = await chat('acme/m');
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(JSON.stringify(COMPLETION));
    expect(answer.headers).toMatchObject({
      'x-llmgw-provider': 'acme',
      'x-llmgw-model': 'acme/m',
      'x-llmgw-profile': 'default',
      'x-llmgw-cost-usd': '0.000000000035',
    });
    expect(Number(answer.headers['x-llmgw-overhead-ms'])).toBeGreaterThan(0);
    const [settlement] = await settlements();
    expect(settlement).toMatchObject({
      number: 1,
      outcome: 'answered',
      final: true,
      status: 200,
      errorCode: null,
      actualModel: 'm-2026',
      upstreamResponseId: 'chatcmpl-1',
      costPico: 35,
      unpriced: false,
      priceVersion: 'test acme/m',
      estimated: false,
      usage: { inputTokens: 10, outputTokens: 5 },
    });
    expect(server.ledger.rows[0]?.opening).toMatchObject({
      exchangeId: answer.headers['x-llmgw-request-id'],
      endpoint: 'chat/completions',
      target: 'acme/m',
      provider: 'acme',
      locality: 'cloud',
      requestedModel: 'acme/m',
      stream: false,
      client: 'openai-python',
      keyId: 'k1',
      profile: 'default',
      demo: false,
    });
    expect(answer.headers['x-llmgw-request-id']).toMatch(/^[0-9a-f-]{14}7/);
  });

  it('of a local model is free and says what was saved on the model that it stood in for', async () => {
    const answer = await chat('gpt-4o');
    expect(answer.headers['x-llmgw-cost-usd']).toBe('0');
    expect(JSON.parse(local.calls[0]?.body.toString() ?? '')).toMatchObject({ model: 'llama3' });
    expect((await settlements())[0]).toMatchObject({
      costPico: 0,
      unpriced: false,
      stoodInFor: 'gpt-4o',
      savedPico: 35,
    });
  });

  it.each(['priceless/m', 'big:cloud'])('of %s is unpriced, never free', async (model) => {
    expect((await chat(model)).headers).not.toHaveProperty('x-llmgw-cost-usd');
    expect((await settlements())[0]).toMatchObject({ costPico: null, unpriced: true });
  });

  it('without usage has its tokens counted, and says that they are', async () => {
    acme.answer = (response) => json(response, { ...COMPLETION, usage: null });
    const { text } = await chat('acme/m');
    const [settlement] = await settlements();
    expect(settlement).toMatchObject({ estimated: true, usage: { outputTokens: text.length } });
    expect(settlement?.costPico).toBeGreaterThan(0);
  });
});

describe('a stream', () => {
  it('comes without the usage that was asked for here, ends with [DONE], and is booked', async () => {
    acme.answer = (response) => eventStream(response, DELTA + FINISH + USAGE_CHUNK + DONE);
    const answer = await chat('acme/m', { stream: true });
    expect(answer.text).toBe(DELTA + FINISH + DONE);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
      'cache-control': 'no-cache',
    });
    expect(answer.headers).not.toHaveProperty('content-length');
    expect(JSON.parse(acme.calls[0]?.body.toString() ?? '')).toMatchObject({ stream_options: { include_usage: true } });
    const [settlement] = await settlements();
    expect(settlement).toMatchObject({
      outcome: 'answered',
      costPico: 35,
      actualModel: 'm-2026',
      usage: { inputTokens: 10 },
    });
    expect(settlement?.firstTokenAt).toBeGreaterThan(0);
  });

  it('that the upstream does not end with its finish is a failure in-band', async () => {
    acme.answer = (response) => eventStream(response, DELTA);
    const answer = await chat('acme/m', { stream: true });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"code":"upstream_stream_truncated"');
    expect(answer.text).not.toContain('[DONE]');
    expect((await settlements())[0]).toMatchObject({
      outcome: 'failed',
      errorCode: 'upstream_stream_truncated',
      final: true,
      estimated: true,
    });
  });

  it('that breaks off is one too', async () => {
    acme.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(DELTA, () => response.destroy());
    };
    expect((await chat('acme/m', { stream: true })).text).toContain('"code":"upstream_reset"');
    expect((await settlements())[0]).toMatchObject({ outcome: 'failed', errorCode: 'upstream_reset' });
  });

  it('with an error after its first event passes that on', async () => {
    acme.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(DELTA);
      setImmediate(() => response.end(ERROR_EVENT + DONE));
    };
    expect((await chat('acme/m', { stream: true })).text).toBe(DELTA + ERROR_EVENT);
    expect((await settlements())[0]).toMatchObject({ outcome: 'failed', errorCode: 'upstream_error', final: true });
  });

  it('with an error before its first event becomes another target’s', async () => {
    acme.answer = (response) => eventStream(response, ERROR_EVENT);
    local.answer = (response) => eventStream(response, DELTA + FINISH + DONE);
    const answer = await chat('smart', { stream: true });
    expect(answer.text).toBe(DELTA + FINISH + DONE);
    expect(answer.headers['x-llmgw-provider']).toBe('ollama');
    expect((await settlements(2)).map(({ outcome, final }) => [outcome, final])).toEqual([
      ['failed', false],
      ['answered', true],
    ]);
  });

  it('with an error before its first event and no other target is an error with a status', async () => {
    acme.answer = (response) => eventStream(response, ERROR_EVENT);
    const answer = await chat('acme/m', { stream: true });
    expect(answer.status).toBe(502);
    expect(errorOf(answer)).toMatchObject({ type: 'server_error', message: expect.stringContaining('acme') as string });
    expect((await settlements())[0]).toMatchObject({ outcome: 'failed', costPico: null, unpriced: false });
  });
});
