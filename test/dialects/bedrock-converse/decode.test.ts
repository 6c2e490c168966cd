import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts';
import { cutAnywhere, singleBytes } from '../../contract/cuts.ts';
import { converseFrame, eventStreamFrame } from '../../contract/event-stream-frames.ts';

const { back } = bedrockConverse;
const PLAIN = emptyRequest('anthropic.claude-sonnet-4-5', 'openai-chat');
const WITH_SCHEMA: CanonicalRequest = {
  ...PLAIN,
  output: { kind: 'schema', schema: { type: 'object' }, name: 'answer', description: null, strict: true },
};

function context(request: CanonicalRequest = PLAIN) {
  return { request, provider: 'bedrock', quirks: PLAIN_QUIRKS };
}

function stream(chunks: readonly Buffer[], request?: CanonicalRequest): readonly AnswerEvent[] {
  const decoder = back.decodeStream(context(request));
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
}

function told(events: readonly JsonObject[], request?: CanonicalRequest) {
  return foldAnswer(stream([Buffer.concat(events.map(converseFrame))], request));
}

function whole(body: unknown, request?: CanonicalRequest) {
  const events = back.decodeAnswer(body, context(request));
  if (events instanceof GatewayError) throw events;
  return foldAnswer(events);
}

const delta = (contentBlockIndex: number, value: JsonObject): JsonObject => ({
  contentBlockDelta: { contentBlockIndex, delta: value },
});
const stopBlock = (contentBlockIndex: number): JsonObject => ({ contentBlockStop: { contentBlockIndex } });
const startCall = (contentBlockIndex: number, name: string, toolUseId = 'tooluse_1'): JsonObject => ({
  contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId, name } } },
});
const stop = (stopReason: string): JsonObject => ({ messageStop: { stopReason } });

describe('a streamed answer', () => {
  it('has its text, its thoughts with their signature, its calls, its end and its usage', () => {
    const answer = told([
      { messageStart: { role: 'assistant', p: 'abc' } },
      delta(0, { reasoningContent: { text: 'Hm' } }),
      delta(0, { reasoningContent: { text: '.' } }),
      delta(0, { reasoningContent: { signature: 'SIG=' } }),
      stopBlock(0),
      delta(1, { text: 'Let me ' }),
      delta(1, { text: 'see.' }),
      stopBlock(1),
      startCall(2, 'get_weather', 'tooluse_a'),
      delta(2, { toolUse: { input: '{"city":' } }),
      delta(2, { toolUse: { input: '"Ghent"}' } }),
      stopBlock(2),
      startCall(3, 'get_time', 'tooluse_b'),
      stopBlock(3),
      stop('tool_use'),
      { metadata: { usage: { inputTokens: 20, outputTokens: 9, cacheReadInputTokens: 100 }, metrics: {} } },
    ]);
    expect(answer.content.map(({ part }) => part)).toEqual([
      { type: 'reasoning', text: 'Hm.', state: { origin: 'bedrock-converse', data: 's:SIG=' } },
      { type: 'text', text: 'Let me see.', cache: null, state: null },
      call('tooluse_a', 'get_weather', '{"city":"Ghent"}'),
      call('tooluse_b', 'get_time', '{}'),
    ]);
    expect(answer.finish).toEqual({ reason: 'tool_calls', raw: 'tool_use', stopSequence: null, detail: null });
    expect(answer.usage).toMatchObject({ inputTokens: 120, outputTokens: 9, cacheReadTokens: 100 });
  });

  it('keeps encrypted thoughts as one state, whose bytes may come in pieces', () => {
    const answer = told([
      delta(0, { reasoningContent: { redactedContent: Buffer.from('secret ').toString('base64') } }),
      delta(0, { reasoningContent: { redactedContent: Buffer.from('thoughts').toString('base64') } }),
      stopBlock(0),
      stop('end_turn'),
    ]);
    const data = `r:${Buffer.from('secret thoughts').toString('base64')}`;
    expect(answer.content.map(({ part }) => part)).toEqual([
      { type: 'reasoning', text: '', state: { origin: 'bedrock-converse', data } },
    ]);
  });

  it('ends calls that nobody ended, and gives an id to one without', () => {
    const answer = told([
      { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { name: 'look' } } } },
      delta(0, { toolUse: { input: '{"a":1' } }),
      stop('max_tokens'),
    ]);
    const [only] = answer.content;
    expect(only?.part).toMatchObject({ type: 'tool_call', name: 'look', arguments: '{"a":1' });
    expect(only?.part).toHaveProperty('id', expect.stringMatching(/^tooluse_[a-zA-Z0-9]{22}$/));
    expect(answer.finish?.reason).toBe('length');
  });

  it('names where a text comes from', () => {
    const citation = {
      title: 'doc',
      location: { documentPage: { documentIndex: 0, start: 1, end: 2 } },
      sourceContent: [{ text: 'A.' }],
    };
    const [only] = told([delta(0, { citation }), delta(0, { text: 'a' }), stopBlock(0), stop('end_turn')]).content;
    expect(only?.citations).toEqual([
      {
        url: null,
        title: 'doc',
        citedText: 'A.',
        start: null,
        end: null,
        raw: { origin: 'bedrock-converse', value: citation },
      },
    ]);
  });

  it('takes usage before the end as well as after it, and nothing else after it', () => {
    const usage = { metadata: { usage: { inputTokens: 1, outputTokens: 2 } } };
    const answer = told([usage, delta(0, { text: 'a' }), stop('end_turn'), delta(0, { text: 'late' })]);
    expect(answer.content.map(({ part }) => part)).toMatchObject([{ text: 'a' }]);
    expect(answer.usage).toMatchObject({ inputTokens: 1, outputTokens: 2 });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['tool_use', 'stop'],
    ['a_new_one', 'stop'],
  ])('ended for %s: %s', (raw, reason) => {
    expect(told([delta(0, { text: 'a' }), stop(raw)]).finish).toMatchObject({ raw, reason });
  });

  it('says which stop sequence ended it, where Claude tells', () => {
    const fields = { additionalModelResponseFields: { delta: { stop_sequence: '###' } } };
    const answer = told([{ messageStop: { stopReason: 'stop_sequence', ...fields } }]);
    expect(answer.finish?.stopSequence).toBe('###');
    const body = { output: { message: { content: [] } }, stopReason: 'stop_sequence' };
    expect(whole({ ...body, additionalModelResponseFields: { stop_sequence: '###' } }).finish?.stopSequence).toBe(
      '###',
    );
  });

  it.each([
    ['throttlingException', 429, 'upstream_error'],
    ['modelStreamErrorException', 424, 'upstream_error'],
    ['internalServerException', 500, 'upstream_error'],
    ['serviceUnavailableException', 503, 'upstream_error'],
    ['somethingNew', 502, 'upstream_error'],
  ])('that breaks off with %s is an error of status %i', (type, status, code) => {
    const headers = { ':message-type': 'exception', ':exception-type': type };
    const events = stream([
      converseFrame(delta(0, { text: 'a' })),
      eventStreamFrame(headers, { message: 'Too many.' }),
      converseFrame(stop('end_turn')),
    ]);
    expect(events.map((event) => event.type)).toEqual(['start', 'text', 'error']);
    const last = events.at(-1);
    expect(last).toMatchObject({ error: { status, code, type, message: `bedrock stopped with ${type}: Too many.` } });
  });

  it('that breaks off because the prompt is too long says so', () => {
    const headers = { ':message-type': 'exception', ':exception-type': 'validationException' };
    const events = stream([eventStreamFrame(headers, { message: 'Input is too long for requested model.' })]);
    expect(events).toMatchObject([{ type: 'error', error: { code: 'context_length_exceeded', status: 400 } }]);
  });

  it('reads an error that has no exception', () => {
    const headers = { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'Oh.' };
    expect(stream([eventStreamFrame(headers, {})])).toMatchObject([
      {
        type: 'error',
        error: { status: 502, type: 'InternalFailure', message: 'bedrock stopped with InternalFailure: Oh.' },
      },
    ]);
  });

  it('whose model wrote nothing that makes sense is an error', () => {
    const events = stream([converseFrame(delta(0, { text: 'a' })), converseFrame(stop('malformed_tool_use'))]);
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { status: 502, type: 'malformed_tool_use' } });
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'upstream_stream_truncated'],
    ['a part', converseFrame(delta(0, { text: 'a' })), 'upstream_stream_truncated'],
    ['half a message', converseFrame(stop('end_turn')).subarray(0, 30), 'upstream_stream_truncated'],
    ['what is no event stream', Buffer.from('data: {"a": 1}\n\n'), 'upstream_invalid_answer'],
    ['an error of 200', Buffer.from('{"message": "No."}'), 'upstream_error'],
    ['half an object', Buffer.from('{"message": '), 'upstream_invalid_answer'],
  ])('of %s is an error', (_what, bytes, code) => {
    const [last] = stream([bytes]).slice(-1);
    expect(last).toMatchObject({ type: 'error', error: { code } });
  });

  it('is read whole where no stream was sent', () => {
    const body = { output: { message: { content: [{ text: 'a' }] } }, stopReason: 'end_turn' };
    const bytes = Buffer.from(JSON.stringify(body));
    expect(foldAnswer(stream(singleBytes(bytes)))).toMatchObject({ finish: { reason: 'stop' } });
  });
});

describe('an answer in the form of a JSON schema', () => {
  const answered = [
    delta(0, { text: 'Here is ' }),
    delta(0, { text: 'the JSON.' }),
    stopBlock(0),
    startCall(1, 'json_answer'),
    delta(1, { toolUse: { input: '{"a"' } }),
    delta(1, { toolUse: { input: ':1}' } }),
    stopBlock(1),
    stop('tool_use'),
  ];

  it('is the text, and what the model said before it is left out', () => {
    const answer = told(answered, WITH_SCHEMA);
    expect(answer.content.map(({ part }) => part)).toMatchObject([{ type: 'text', text: '{"a":1}' }]);
    expect(answer.finish?.reason).toBe('stop');
  });

  it('comes piece by piece', () => {
    const texts = stream([Buffer.concat(answered.map(converseFrame))], WITH_SCHEMA).flatMap((event) =>
      event.type === 'text' ? [event.text] : [],
    );
    expect(texts).toEqual(['{"a"', ':1}']);
  });

  it('may come as text after all', () => {
    const json = told([delta(0, { text: ' {"a"' }), delta(0, { text: ':1}' }), stop('end_turn')], WITH_SCHEMA);
    expect(json.content.map(({ part }) => part)).toMatchObject([{ type: 'text', text: ' {"a":1}' }]);
    const prose = told([delta(0, { text: 'I cannot.' }), stop('end_turn')], WITH_SCHEMA);
    expect(prose.content.map(({ part }) => part)).toMatchObject([{ type: 'text', text: 'I cannot.' }]);
  });

  it("leaves the client's own calls, and what was said before them", () => {
    const events = [delta(0, { text: 'First, ' }), startCall(1, 'look'), stopBlock(1), stop('tool_use')];
    const answer = told(events, WITH_SCHEMA);
    expect(answer.content.map(({ part }) => part)).toMatchObject([{ text: 'First, ' }, { name: 'look' }]);
    expect(answer.finish?.reason).toBe('tool_calls');
  });

  it('is a call like others to those who asked for no form', () => {
    expect(told([startCall(0, 'json_answer'), stop('tool_use')]).content).toMatchObject([
      { part: { type: 'tool_call', name: 'json_answer' } },
    ]);
  });
});

describe("the client's own names", () => {
  const request: CanonicalRequest = {
    ...PLAIN,
    tools: [
      {
        kind: 'function',
        name: 'my.tool',
        description: null,
        parameters: null,
        strict: null,
        namespace: null,
        cache: null,
      },
      { kind: 'custom', name: 'patch', description: null, format: null },
    ],
  };

  it('are given back', () => {
    expect(told([startCall(0, 'my_tool'), stop('tool_use')], request).content).toMatchObject([
      { part: { name: 'my.tool' } },
    ]);
  });

  it('and a tool that takes any text gets its text', () => {
    const answer = told(
      [
        startCall(0, 'patch'),
        delta(0, { toolUse: { input: '{"input":"*** B' } }),
        delta(0, { toolUse: { input: 'egin"}' } }),
        stop('tool_use'),
      ],
      request,
    );
    expect(answer.content).toMatchObject([{ part: { kind: 'custom', arguments: '*** Begin' } }]);
  });
});

describe('usage', () => {
  it.each([
    [
      { inputTokens: 5, outputTokens: 7 },
      { inputTokens: 5, cacheReadTokens: null, cacheWrite5mTokens: null },
    ],
    [
      { inputTokens: 5, outputTokens: 7, cacheReadInputTokens: 10, cacheWriteInputTokens: 20 },
      { inputTokens: 35, cacheReadTokens: 10, cacheWrite5mTokens: 20, cacheWrite1hTokens: 0 },
    ],
    [
      {
        inputTokens: 5,
        outputTokens: 7,
        cacheWriteInputTokens: 30,
        cacheDetails: [
          { ttl: '1h', inputTokens: 20 },
          { ttl: '5m', inputTokens: 10 },
        ],
      },
      { inputTokens: 35, cacheReadTokens: null, cacheWrite5mTokens: 10, cacheWrite1hTokens: 20 },
    ],
    [{ inputTokens: 'many' }, { inputTokens: null, outputTokens: null }],
  ])('%j', (usage, expected) => {
    expect(whole({ output: { message: { content: [] } }, stopReason: 'end_turn', usage }).usage).toMatchObject(
      expected,
    );
  });
});

describe('an error', () => {
  it.each([
    [400, '{"message":"The model ID is wrong."}', 'bedrock answered 400: The model ID is wrong.', 'upstream_error'],
    [403, '{"Message":"User is not authorized."}', 'bedrock answered 403: User is not authorized.', 'upstream_error'],
    [400, '{"message":"Input is too long for requested model."}', /too long/, 'context_length_exceeded'],
    [
      404,
      '{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}',
      'bedrock answered 404: UnknownOperationException',
      'upstream_error',
    ],
    [502, '<html><b>Bad gateway</b></html>', 'bedrock answered 502: Bad gateway', 'upstream_error'],
    [500, '', 'bedrock answered 500: no explanation (the body was empty)', 'upstream_error'],
  ])('of status %i with %s', (status, body, message, code) => {
    const error = back.decodeError({ provider: 'bedrock', status, retryAfter: '7', body });
    expect(error.message).toEqual(message instanceof RegExp ? expect.stringMatching(message) : message);
    expect([error.status, error.code]).toEqual([status, code]);
  });

  it('keeps its type and its time to wait', () => {
    const body = '{"__type":"ThrottlingException","message":"Slow down."}';
    const error = back.decodeError({ provider: 'bedrock', status: 429, retryAfter: '7', body });
    expect(error).toMatchObject({ type: 'ThrottlingException', retryAfter: '7', status: 429 });
  });
});

function call(id: string, name: string, text: string) {
  return { type: 'tool_call', id, name, arguments: text, kind: 'function', state: null, cache: null };
}

const RECORDED = join(import.meta.dirname, '../../../../shared/recorded/amazon-bedrock');
const isThere = existsSync(RECORDED);
if (!isThere) console.log(`skipped: real answers of Bedrock, ${RECORDED} is not there`);

describe.runIf(isThere)('what Bedrock really answered', () => {
  const names = isThere ? readdirSync(RECORDED) : [];

  it.each(names.filter((name) => name.endsWith('.chunks.txt')))('%s is the same however it is cut', (name) => {
    const lines = readFileSync(join(RECORDED, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const bytes = Buffer.concat(lines.map((line) => converseFrame(JSON.parse(line) as JsonObject)));
    const events = stream([bytes]);
    expect(events.at(0)?.type).toBe('start');
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
    expect(stream(singleBytes(bytes))).toEqual(events);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (places) => {
        expect(stream(cutAnywhere(bytes, places))).toEqual(events);
      }),
      { numRuns: 50 },
    );
  });

  it.each(names.filter((name) => name.endsWith('.json')))('%s is the same told as a stream', (name) => {
    const body = JSON.parse(readFileSync(join(RECORDED, name), 'utf8')) as JsonObject;
    const answer = whole(body);
    const usage = body['usage'] as { inputTokens: number; outputTokens: number };
    expect(answer.usage).toMatchObject({ inputTokens: usage.inputTokens, outputTokens: usage.outputTokens });
    expect(answer.finish?.reason).toBe(body['stopReason'] === 'tool_use' ? 'tool_calls' : 'stop');
    expect(foldAnswer(stream([Buffer.from(JSON.stringify(body))]))).toEqual(answer);
  });
});
