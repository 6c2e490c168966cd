import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../src/canonical/answer.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { emptyRequest } from '../../src/canonical/request.ts';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import { backOf } from '../../src/dialects/faces.ts';
import { lawsOf } from './every-dialect.ts';
import { frontOf, targetOf } from './laws.ts';

// An answer that thought twice before it called a tool (interleaved thinking of Anthropic's, two reasoning items of
// OpenAI's): a client whose dialect has no place for what must come back sends it in the id of the call.

const events = (origin: DialectId, first: string, second: string): readonly AnswerEvent[] => [
  { type: 'start', id: 'a', model: 'm' },
  { type: 'reasoning', text: 'One.' },
  { type: 'state', on: 'reasoning', state: { origin, data: first } },
  { type: 'text', text: 'I look.' },
  { type: 'part_end' },
  { type: 'reasoning', text: 'Two.' },
  { type: 'state', on: 'reasoning', state: { origin, data: second } },
  { type: 'tool_call', call: 0, id: 'call_1', name: 'look', kind: 'function', state: null },
  { type: 'tool_arguments', call: 0, text: '{"at":"it"}' },
  { type: 'tool_call_end', call: 0 },
  { type: 'finish', finish: { reason: 'tool_calls', raw: null, stopSequence: null, detail: null } },
];

/** What clients of a dialect send back of an answer, with what was thought and without it. */
const CLIENTS: readonly (readonly [string, DialectId, (answer: JsonObject) => readonly JsonObject[]])[] = [
  ['chat completions', 'openai-chat', (answer) => historyOfChat(answer, true)],
  ['chat completions, without thoughts', 'openai-chat', (answer) => historyOfChat(answer, false)],
  ['Ollama', 'ollama', (answer) => historyOfOllama(answer)],
];

function historyOfChat({ choices }: JsonObject, isThoughtful: boolean): readonly JsonObject[] {
  const [{ message }] = choices as [{ message: JsonObject }];
  // A stream has no whole blocks.
  const { reasoning_content: thought, ...said }: JsonObject = { ...message, thinking_blocks: undefined };
  const [{ id }] = message['tool_calls'] as [{ id: string }];
  const assistant = isThoughtful ? { ...said, reasoning_content: thought } : said;
  return [assistant, { role: 'tool', tool_call_id: id, content: 'seen' }];
}

function historyOfOllama({ message }: JsonObject): readonly JsonObject[] {
  const said = message as JsonObject;
  const [{ id }] = said['tool_calls'] as [{ id: string }];
  return [said, { role: 'tool', tool_name: 'look', tool_call_id: id, content: 'seen' }];
}

function sentAgain(back: DialectId, model: string, client: (typeof CLIENTS)[number], states: [string, string]): string {
  const [, dialect, historyOf] = client;
  const { wire, dialect: spoken } = lawsOf(dialect);
  const answer = wire.answer(events(back, ...states), emptyRequest('m', dialect)) as JsonObject;
  const messages = [{ role: 'user', content: 'Look.' }, ...historyOf(answer)];
  const body = JSON.parse(JSON.stringify({ model: 'm', messages })) as JsonObject;
  const request = frontOf(spoken).decodeRequest(body, { model: 'm', stream: false });
  return JSON.stringify(backOf(back).encodeRequest(request, { ...targetOf(request), model }).body);
}

/** Two calls, each behind a thought of its own. */
const interleaved = (origin: DialectId, first: string, second: string): readonly AnswerEvent[] => {
  const call = (number: number): readonly AnswerEvent[] => [
    { type: 'tool_call', call: number, id: `call_${number}`, name: 'look', kind: 'function', state: null },
    { type: 'tool_arguments', call: number, text: '{"at":"it"}' },
    { type: 'tool_call_end', call: number },
  ];
  return [
    { type: 'start', id: 'a', model: 'm' },
    { type: 'reasoning', text: 'One.' },
    { type: 'state', on: 'reasoning', state: { origin, data: first } },
    { type: 'text', text: 'I look.' },
    { type: 'part_end' },
    ...call(0),
    { type: 'reasoning', text: 'Two.' },
    { type: 'state', on: 'reasoning', state: { origin, data: second } },
    ...call(1),
    { type: 'finish', finish: { reason: 'tool_calls', raw: null, stopSequence: null, detail: null } },
  ];
};

/** Of Python's SDK, put together of a stream, and of JavaScript's, which keeps the last of each list. */
function blocksOfStream({ choices }: JsonObject, kept: number): readonly JsonObject[] {
  const [{ message }] = choices as [{ message: JsonObject }];
  const blocks = (message['thinking_blocks'] as readonly JsonObject[]).map((block, index) => {
    return { ...block, thinking: '', index };
  });
  return [{ ...message, thinking_blocks: blocks.slice(-kept) }];
}

const INTERLEAVED: readonly (readonly [
  string,
  DialectId,
  readonly [string, string],
  (answer: JsonObject) => unknown,
])[] = [
  ['chat completions, as it came', 'openai-chat', ['One.', 'Two.'], ({ choices }) => messageIn(choices)],
  ['chat completions, without blocks', 'openai-chat', ['', ''], (answer) => historyOfChat(answer, true)[0]],
  ['chat completions, without thoughts', 'openai-chat', ['', ''], (answer) => historyOfChat(answer, false)[0]],
  ['chat completions, streamed', 'openai-chat', ['', ''], (answer) => blocksOfStream(answer, 2)[0]],
  ['chat completions, streamed, the last block', 'openai-chat', ['', ''], (answer) => blocksOfStream(answer, 1)[0]],
  ['Ollama', 'ollama', ['', ''], ({ message }) => message],
];

const messageIn = (choices: unknown): unknown => (choices as [{ message: unknown }])[0].message;

describe.each(INTERLEAVED)(
  'a thought before each of two calls, through a client of %s',
  (_, dialect, texts, echoOf) => {
    const sentTo = (back: DialectId, model: string, states: readonly [string, string]): string => {
      const { wire, dialect: spoken } = lawsOf(dialect);
      const answer = wire.answer(interleaved(back, ...states), emptyRequest('m', dialect)) as JsonObject;
      const messages = [{ role: 'user', content: 'Look.' }, echoOf(answer)];
      const body = JSON.parse(JSON.stringify({ model: 'm', messages })) as JsonObject;
      const request = frontOf(spoken).decodeRequest(body, { model: 'm', stream: false });
      return JSON.stringify(backOf(back).encodeRequest(request, { ...targetOf(request), model }).body);
    };

    it('comes back to Anthropic in its order, with its text where that is known', () => {
      const { messages } = JSON.parse(sentTo('anthropic-messages', 'claude-opus-4-5', ['SIG1', 'SIG2'])) as {
        messages: { content: unknown }[];
      };
      expect(messages[1]?.content).toMatchObject([
        { type: 'thinking', thinking: texts[0], signature: 'SIG1' },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'call_0' },
        { type: 'thinking', thinking: texts[1], signature: 'SIG2' },
        { type: 'tool_use', id: 'call_1' },
      ]);
    });

    it('comes back to Bedrock so', () => {
      const { messages } = JSON.parse(
        sentTo('bedrock-converse', 'anthropic.claude-opus-4-5', ['s:SIG1', 's:SIG2']),
      ) as {
        messages: { content: unknown }[];
      };
      expect(messages[1]?.content).toMatchObject([
        { reasoningContent: { reasoningText: { text: texts[0], signature: 'SIG1' } } },
        { text: 'I look.' },
        { toolUse: { name: 'look' } },
        { reasoningContent: { reasoningText: { text: texts[1], signature: 'SIG2' } } },
        { toolUse: { name: 'look' } },
      ]);
    });

    it('comes back to OpenAI in its order', () => {
      const state = (id: string): string => JSON.stringify({ id, encrypted_content: `E-${id}` });
      const { input } = JSON.parse(sentTo('openai-responses', 'gpt-5', [state('rs_1'), state('rs_2')])) as {
        input: { type: string; id?: string; call_id?: string }[];
      };
      const order = input.flatMap(({ id, call_id: call }) => id ?? call ?? []);
      expect(order.slice(0, 4)).toEqual(['rs_1', 'call_0', 'rs_2', 'call_1']);
    });
  },
);

describe.each(CLIENTS)('two thoughts before one call, through a client of %s', (...client) => {
  it('come back to Anthropic, before what was said', () => {
    const body = sentAgain('anthropic-messages', 'claude-opus-4-5', client, ['SIG1', 'SIG2']);
    const { messages } = JSON.parse(body) as { messages: { content: unknown }[] };
    const thought = (signature: string): object => ({ type: 'thinking', thinking: '', signature });
    const [, assistant, result] = messages;
    const blocks = assistant?.content as JsonObject[];
    expect(blocks.filter(({ type }) => type === 'thinking')).toEqual([thought('SIG1'), thought('SIG2')]);
    expect(blocks[0]).toEqual(thought('SIG1'));
    expect(blocks.at(-1)).toMatchObject({ type: 'tool_use', id: 'call_1' });
    expect(result?.content).toMatchObject([{ type: 'tool_result', tool_use_id: 'call_1' }]);
  });

  it('come back to OpenAI, as the items that they were', () => {
    const state = (id: string): string => JSON.stringify({ id, encrypted_content: `E-${id}` });
    const body = sentAgain('openai-responses', 'gpt-5', client, [state('rs_1'), state('rs_2')]);
    const { input } = JSON.parse(body) as { input: JsonObject[] };
    const thoughts = input.filter(({ type }) => type === 'reasoning');
    expect(thoughts.map(({ id, encrypted_content: text }) => [id, text])).toEqual([
      ['rs_1', 'E-rs_1'],
      ['rs_2', 'E-rs_2'],
    ]);
    expect(input.map(({ call_id: id }) => id).filter((id) => id !== undefined)).toEqual(['call_1', 'call_1']);
  });

  it('come back to Bedrock', () => {
    const body = sentAgain('bedrock-converse', 'anthropic.claude-opus-4-5', client, ['s:SIG1', 's:SIG2']);
    const { messages } = JSON.parse(body) as { messages: { content: JsonObject[] }[] };
    const blocks = messages[1]?.content.flatMap(({ reasoningContent }) => reasoningContent ?? []);
    expect(blocks).toMatchObject([{ reasoningText: { signature: 'SIG1' } }, { reasoningText: { signature: 'SIG2' } }]);
  });

  it('are of no use to another provider, which is sent the plain id', () => {
    const body = sentAgain('gemini', 'gemini-2.5-pro', client, ['SIG1', 'SIG2']);
    expect(body).toContain('"id":"call_1"');
    expect(body).not.toContain('llmgw1');
  });
});
