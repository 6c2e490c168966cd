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
