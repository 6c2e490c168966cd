import { describe, expect, it } from 'vitest';
import type { AnswerEvent, Finish } from '../../../src/canonical/answer.ts';
import { idWithState, textOfState } from '../../../src/canonical/carried-state.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { CarriedState, JsonObject } from '../../../src/canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import { encodeAnswer } from '../../../src/dialects/openai-responses/encode-response.ts';
import { encodeStream } from '../../../src/dialects/openai-responses/encode-stream.ts';
import { encodeError } from '../../../src/dialects/openai-responses/errors.ts';
import { answerContext, dataOf, HEX, plainRequest, written } from './contexts.ts';

const START: AnswerEvent = { type: 'start', id: 'x', model: 'the-model' };
const STOP: Finish = { reason: 'stop', raw: 'end_turn', stopSequence: null, detail: null };
const FINISH: AnswerEvent = { type: 'finish', finish: STOP };
const USAGE: AnswerEvent = { type: 'usage', usage: { ...UNKNOWN_USAGE, inputTokens: 20, outputTokens: 9 } };
const CLAUDE_STATE: CarriedState = { origin: 'anthropic-messages', data: 'EqQBsig' };

function toolCall(
  call: number,
  name: string,
  changes: Partial<Extract<AnswerEvent, { type: 'tool_call' }>> = {},
): AnswerEvent {
  return { type: 'tool_call', call, id: `call_${call}`, name, kind: 'function', state: null, ...changes };
}

function pieces(call: number, ...texts: readonly string[]): AnswerEvent[] {
  return texts.map((text) => ({ type: 'tool_arguments', call, text }));
}

const end = (call: number): AnswerEvent => ({ type: 'tool_call_end', call });

/** The response of a stream's last event. */
function lastResponse(text: string): JsonObject {
  return dataOf(text).at(-1)?.['response'] as JsonObject;
}

/** The items of an answer, streamed and whole, which must be the same. */
function itemsOf(events: readonly AnswerEvent[], context = answerContext()): readonly JsonObject[] {
  const all = [START, ...events, FINISH];
  const streamed = lastResponse(written(all, context));
  expect(JSON.parse(encodeAnswer(foldAnswer(all), context))).toEqual(streamed);
  return streamed['output'] as readonly JsonObject[];
}

describe('the order of events', () => {
  const events: readonly AnswerEvent[] = [
    START,
    { type: 'reasoning', text: 'Hm' },
    { type: 'reasoning', text: '.' },
    { type: 'state', on: 'reasoning', state: CLAUDE_STATE },
    { type: 'text', text: 'Hi' },
    { type: 'text', text: ' there' },
    toolCall(0, 'get_weather'),
    ...pieces(0, '{"city":', '"Ghent"}'),
    end(0),
    FINISH,
    USAGE,
  ];

  // cloud-providers.md 2.4
  it('is OpenAI’s, each with its number', () => {
    const data = dataOf(written(events));
    expect(data.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(data.map((event) => event['sequence_number'])).toEqual(data.map((_, index) => index));
    expect(data.slice(2).flatMap((event) => event['output_index'] ?? [])).toEqual([
      ...Array<number>(7).fill(0),
      ...Array<number>(7).fill(1),
      ...Array<number>(5).fill(2),
    ]);
  });

  it('every event names its type twice, and there is no `[DONE]`', () => {
    const blocks = written(events).trimEnd().split('\n\n');
    for (const block of blocks) {
      const [, name, type] = /^event: (.*)\ndata: \{"type":"([^"]*)"/.exec(block) ?? [];
      expect(name).toBeDefined();
      expect(name).toBe(type);
    }
    expect(blocks).toHaveLength(22);
  });

  it('the items at the end', () => {
    expect(itemsOf(events.slice(1, -2))).toEqual([
      {
        id: `rs_${HEX}0000`,
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: textOfState(CLAUDE_STATE),
      },
      {
        id: `msg_${HEX}0001`,
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hi there', annotations: [], logprobs: [] }],
      },
      {
        id: `fc_${HEX}0002`,
        type: 'function_call',
        call_id: 'call_0',
        name: 'get_weather',
        arguments: '{"city":"Ghent"}',
        status: 'completed',
      },
    ]);
  });
});

describe('items', () => {
  it('calls that overlap come one behind the other', () => {
    const items = itemsOf([
      toolCall(0, 'a'),
      ...pieces(0, '{"x"'),
      toolCall(1, 'b'),
      ...pieces(1, '{"y":2}'),
      { type: 'text', text: 'meanwhile' },
      ...pieces(0, ':1}'),
      end(1),
      end(0),
    ]);
    expect(items.map((item) => item['arguments'] ?? item['type'])).toEqual(['{"x":1}', '{"y":2}', 'message']);
  });

  it('calls whose end never comes are told all the same', () => {
    const all = [START, toolCall(0, 'a'), toolCall(1, 'b'), ...pieces(1, '{"y":2}'), FINISH];
    const output = lastResponse(written(all))['output'] as readonly JsonObject[];
    expect(output.map((item) => item['arguments'])).toEqual(['{}', '{"y":2}']);
  });

  it('a call without arguments has an empty object of them', () => {
    const text = written([START, toolCall(0, 'a'), end(0), FINISH]);
    const deltas = dataOf(text).filter(({ type }) => type === 'response.function_call_arguments.delta');
    expect(deltas.map(({ delta }) => delta)).toEqual(['{}']);
  });

  it('a tool of a namespace is given back in it', () => {
    const body = { tools: [{ type: 'namespace', name: 'ns', tools: [{ type: 'function', name: 'spawn' }] }] };
    const items = itemsOf([toolCall(0, 'ns__spawn'), end(0)], answerContext(plainRequest(), body));
    expect(items).toMatchObject([{ type: 'function_call', name: 'spawn', namespace: 'ns' }]);
  });

  const patch = { kind: 'custom', name: 'patch', description: null, format: null } as const;

  it.each<[string, 'function' | 'custom', readonly string[], string]>([
    ['known as such', 'custom', ['*** Be', 'gin'], '*** Begin'],
    ['known as a function', 'function', ['{"inp', 'ut":"*** Begin"}'], '*** Begin'],
    ['known as a function, and wrongly called', 'function', ['*** Begin'], '*** Begin'],
  ])('a custom tool that the model knew as %#: %s', (_, kind, texts, input) => {
    const context = answerContext(plainRequest({ tools: [patch] }));
    const events = [toolCall(0, 'patch', { kind }), ...pieces(0, ...texts), end(0)];
    expect(itemsOf(events, context)).toEqual([
      { id: `ctc_${HEX}0000`, type: 'custom_tool_call', call_id: 'call_0', name: 'patch', input, status: 'completed' },
    ]);
    const data = dataOf(written([START, ...events, FINISH], context));
    const deltas = data.filter(({ type }) => type === 'response.custom_tool_call_input.delta');
    expect(deltas.map(({ delta }) => delta).join('')).toBe(input);
  });

  it('state: of a call in its id, of secret thoughts in an item, of OpenAI under its own id, of a text nowhere', () => {
    const gemini: CarriedState = { origin: 'gemini', data: 'CikB' };
    const own: CarriedState = {
      origin: 'openai-responses',
      data: JSON.stringify({ id: 'rs_own', encrypted_content: 'gAAA' }),
    };
    const items = itemsOf([
      { type: 'state', on: 'reasoning', state: CLAUDE_STATE },
      { type: 'state', on: 'reasoning', state: own },
      { type: 'text', text: 'Hi' },
      { type: 'state', on: 'text', state: gemini },
      toolCall(0, 'a', { state: gemini }),
      end(0),
    ]);
    expect(items).toMatchObject([
      { type: 'reasoning', id: `rs_${HEX}0000`, summary: [], encrypted_content: textOfState(CLAUDE_STATE) },
      { type: 'reasoning', id: 'rs_own', summary: [], encrypted_content: 'gAAA' },
      { type: 'message' },
      { type: 'function_call', call_id: idWithState('call_0', gemini) },
    ]);
  });

  it('thoughts that nobody signed say so, by which they are known when they come back', () => {
    const items = itemsOf([
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'Hi' },
      { type: 'reasoning', text: 'So.' },
    ]);
    expect(items).toMatchObject([
      { type: 'reasoning', encrypted_content: textOfState(null) },
      { type: 'message' },
      { type: 'reasoning', encrypted_content: textOfState(null) },
    ]);
  });

  it('texts apart are parts of one message, refusals too', () => {
    const items = itemsOf([
      { type: 'text', text: 'One.' },
      { type: 'part_end' },
      { type: 'text', text: 'Two.' },
      { type: 'refusal', text: 'No.' },
    ]);
    const [message] = items;
    expect(message?.['content']).toMatchObject([
      { type: 'output_text', text: 'One.' },
      { type: 'output_text', text: 'Two.' },
      { type: 'refusal', refusal: 'No.' },
    ]);
  });

  it('citations of all who name an address, log probabilities, images', () => {
    const raw = { origin: 'gemini', value: {} } as const;
    const unplaced = { title: null, citedText: null, start: null, end: null, raw };
    const items = itemsOf([
      { type: 'text', text: 'Hello' },
      { type: 'citation', citation: { ...unplaced, url: 'https://x.y' } },
      { type: 'citation', citation: { ...unplaced, url: null } },
      { type: 'logprobs', tokens: [{ token: 'Hello', logprob: -1, bytes: null, top: [] }] },
      { type: 'image', mediaType: 'image/png', data: 'iVBO' },
    ]);
    expect(items).toMatchObject([
      {
        content: [
          {
            annotations: [
              { type: 'url_citation', url: 'https://x.y', title: 'https://x.y', start_index: 0, end_index: 5 },
            ],
            logprobs: [{ token: 'Hello', logprob: -1, bytes: [], top_logprobs: [] }],
          },
        ],
      },
      { type: 'image_generation_call', id: `ig_${HEX}0001`, status: 'completed', result: 'iVBO' },
    ]);
  });
});

describe('the response', () => {
  it.each<[Finish['reason'], string, unknown, string]>([
    ['stop', 'completed', null, 'response.completed'],
    ['tool_calls', 'completed', null, 'response.completed'],
    ['length', 'incomplete', { reason: 'max_output_tokens' }, 'response.incomplete'],
    ['content_filter', 'incomplete', { reason: 'content_filter' }, 'response.incomplete'],
  ])('that ended by %s is %s', (reason, status, details, type) => {
    const finish: AnswerEvent = { type: 'finish', finish: { ...STOP, reason } };
    const text = written([START, { type: 'text', text: 'Hi' }, finish]);
    expect(dataOf(text).at(-1)).toMatchObject({ type, response: { status, incomplete_details: details } });
    const [message] = lastResponse(text)['output'] as readonly JsonObject[];
    expect(message?.['status']).toBe(reason === 'length' ? 'incomplete' : 'completed');
  });

  it.each([true, false])('says whether it is kept, whatever was asked for (%s)', (isKept) => {
    const context = { ...answerContext(plainRequest(), { store: !isKept }), isKept };
    for (const { response } of dataOf(written([START, FINISH], context))) {
      if (response !== undefined) expect(response).toMatchObject({ store: isKept });
    }
  });

  it('repeats the request, and has what nobody asked for as OpenAI has it', () => {
    const body = {
      instructions: 'Be kind.',
      tools: [{ type: 'function', name: 'f' }],
      tool_choice: 'required',
      temperature: 0.2,
      metadata: { a: 'b' },
      text: { verbosity: 'low' },
      reasoning: { effort: 'low' },
      previous_response_id: 'resp_0',
      store: false,
    };
    const context = { ...answerContext(plainRequest(), body), isKept: false };
    const events = dataOf(written([START, FINISH], context));
    for (const { response } of events)
      expect(response).toMatchObject({ ...body, id: `resp_${HEX}`, object: 'response' });
    expect(events[0]?.['response']).toEqual({
      id: `resp_${HEX}`,
      object: 'response',
      created_at: 1_790_000_000,
      status: 'in_progress',
      incomplete_details: null,
      error: null,
      model: 'the-model',
      output: [],
      usage: null,
      ...body,
      background: false,
      max_output_tokens: null,
      max_tool_calls: null,
      parallel_tool_calls: true,
      prompt_cache_key: null,
      reasoning: { effort: 'low', summary: null },
      safety_identifier: null,
      service_tier: 'auto',
      text: { verbosity: 'low', format: { type: 'text' } },
      top_logprobs: 0,
      top_p: 1,
      truncation: 'disabled',
      user: null,
    });
  });

  it('usage has its details even where the upstream does not tell them', () => {
    expect(lastResponse(written([START, FINISH, USAGE]))['usage']).toEqual({
      input_tokens: 20,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 29,
    });
  });

  it('the model that the upstream does not name is the one that was chosen', () => {
    const text = written([{ type: 'start', id: null, model: null }, FINISH]);
    expect(lastResponse(text)['model']).toBe('gpt-4.1-2025-04-14');
  });
});

describe('errors', () => {
  const error = new GatewayError('upstream_error', 'somewhere answered with an error: No.', {
    upstreamType: 'insufficient_quota',
    upstreamCode: 'insufficient_quota',
  });

  it('in a stream: as OpenAI writes them, and nothing behind', () => {
    const text = written([START, { type: 'text', text: 'Hi' }, { type: 'error', error }]);
    const said = { type: 'insufficient_quota', code: 'insufficient_quota', message: error.message, param: null };
    expect(dataOf(text).slice(-2)).toMatchObject([
      { type: 'error', error: said, code: said.code, message: said.message, param: null },
      { type: 'response.failed', response: { status: 'failed', error: { code: said.code, message: said.message } } },
    ]);
  });

  it('a code is always a text', () => {
    const numbered = new GatewayError('upstream_error', 'x', { upstreamCode: 503 });
    const [event] = dataOf(encodeStream(answerContext()).push({ type: 'error', error: numbered })).slice(-2);
    expect(event?.['code']).toBe('503');
  });

  it('as a body', () => {
    const { status, body } = encodeError(
      new GatewayError('missing_field', 'No `input`.', { param: 'input', hint: 'Send it.' }),
    );
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({
      error: { message: 'No `input`. Send it.', type: 'invalid_request_error', param: 'input', code: 'missing_field' },
    });
  });
});
