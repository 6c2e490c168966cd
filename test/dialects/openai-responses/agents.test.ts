import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { textPart } from '../../../src/canonical/parts.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import { decodeRequest } from '../../../src/dialects/openai-responses/decode-request.ts';
import { encodeStream } from '../../../src/dialects/openai-responses/encode-stream.ts';
import { answerContext, HEX, plainRequest } from './contexts.ts';

/** What Codex 0.169.0 was seen to send (`test/e2e/agents`), reduced to what matters, with words of our own. */
const SEARCH: JsonObject = {
  type: 'tool_search',
  execution: 'client',
  description: 'Finds tools.',
  parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};
const agentTool = (name: string): JsonObject => ({
  type: 'function',
  name,
  description: `The tool ${name}.`,
  strict: false,
  defer_loading: true,
  parameters: { type: 'object', properties: {}, additionalProperties: false },
});
const FOUND: JsonObject = { type: 'namespace', name: 'agents', tools: [agentTool('spawn'), agentTool('close')] };
const user = (text: string): JsonObject => ({
  type: 'message',
  id: 'msg_1',
  role: 'user',
  content: [{ type: 'input_text', text }],
});
const searched = (tools: readonly JsonObject[]): readonly JsonObject[] => [
  user('Find tools.'),
  { type: 'reasoning', id: 'rs_1', summary: [], content: null, encrypted_content: null },
  {
    type: 'tool_search_call',
    id: 'tsc_1',
    call_id: 'call_1',
    status: 'completed',
    execution: 'client',
    arguments: { query: 'agents' },
  },
  { type: 'tool_search_output', id: 'tso_1', call_id: 'call_1', status: 'completed', execution: 'client', tools },
];
const decoded = (body: JsonObject): CanonicalRequest =>
  decodeRequest({ store: false, ...body }, { model: 'm', stream: true });

describe('the search for tools that Codex runs itself', () => {
  it('is a function to others, which knows what it takes', () => {
    const { tools } = decoded({ input: 'Hi', tools: [SEARCH] });
    expect(tools).toMatchObject([{ kind: 'function', name: 'tool_search', parameters: SEARCH['parameters'] }]);
  });

  it('is a call and its result, and what was found can be called', () => {
    const { messages, tools } = decoded({ input: searched([FOUND, agentTool('late')]), tools: [SEARCH] });
    expect(messages.slice(1)).toMatchObject([
      {
        role: 'assistant',
        content: [{ type: 'tool_call', id: 'call_1', name: 'tool_search', arguments: '{"query":"agents"}' }],
      },
      {
        role: 'tool',
        results: [
          {
            callId: 'call_1',
            content: [textPart('These tools were found and can be called: agents__spawn, agents__close, late.')],
          },
        ],
      },
    ]);
    expect(tools.map(({ name }) => name)).toEqual(['tool_search', 'agents__spawn', 'agents__close', 'late']);
  });

  it('has a result when nothing was found', () => {
    const { messages } = decoded({ input: searched([]), tools: [SEARCH] });
    expect(messages.at(-1)).toMatchObject({ results: [{ content: [textPart('No tools were found.')] }] });
  });

  it('is taken once where it was found twice', () => {
    const input = [...searched([FOUND]), ...searched([FOUND]).slice(1)].map((item, index) => ({ ...item, index }));
    const names = decoded({ input, tools: [SEARCH] }).tools.map(({ name }) => name);
    expect(names).toEqual(['tool_search', 'agents__spawn', 'agents__close']);
  });

  it('stays with OpenAI where OpenAI runs it', () => {
    const [, , call, output] = searched([FOUND]).map((item) => ({ ...item, execution: 'server', call_id: null }));
    const { messages, tools } = decoded({ input: [user('Hi'), call, output], tools: [{ type: 'tool_search' }] });
    expect(tools).toEqual([
      { kind: 'provider', origin: 'openai-responses', name: 'tool_search', definition: { type: 'tool_search' } },
    ]);
    expect(messages.at(-1)).toMatchObject({ role: 'assistant', content: [{ type: 'foreign' }, { type: 'foreign' }] });
  });

  it('takes tools that a developer has put into the conversation', () => {
    const input = [user('Hi'), { type: 'additional_tools', role: 'developer', tools: [agentTool('late')] }];
    const { messages, tools } = decoded({ input });
    expect(messages).toHaveLength(1);
    expect(tools.map(({ name }) => name)).toEqual(['late']);
  });
});

describe('tools of one name', () => {
  const search = { type: 'web_search' };
  const server = (label: string): JsonObject => ({ type: 'mcp', server_label: label, server_url: 'https://x.test' });

  it("are all there, one of OpenAI's beside one of the client's and several of one type", () => {
    const tools = [search, agentTool('web_search'), server('a'), server('b')];
    const late = [agentTool('late'), server('c'), search];
    const input = [user('Hi'), { type: 'additional_tools', role: 'developer', tools: late }];
    const read = decoded({ input, tools }).tools;
    expect(read.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...['provider web_search', 'function web_search', 'provider mcp', 'provider mcp'],
      ...['function late', 'provider mcp'],
    ]);
  });

  it('are one where the same comes again, as it was said last', () => {
    const again = { ...agentTool('late'), description: 'newer' };
    const input = [user('Hi'), { type: 'additional_tools', role: 'developer', tools: [again, agentTool('later')] }];
    const read = decoded({ input, tools: [agentTool('late'), search] }).tools;
    expect(read).toMatchObject([{ name: 'late', description: 'newer' }, { name: 'web_search' }, { name: 'later' }]);
  });
});

describe('a call of that search', () => {
  const called = (name: string, args: string): readonly AnswerEvent[] => [
    { type: 'start', id: 'a', model: 'm' },
    { type: 'tool_call', call: 0, id: 'call_9', name, kind: 'function', state: null },
    { type: 'tool_arguments', call: 0, text: args.slice(0, 4) },
    { type: 'tool_arguments', call: 0, text: args.slice(4) },
    { type: 'tool_call_end', call: 0 },
  ];
  const itemsOf = (events: readonly AnswerEvent[], body: JsonObject): readonly JsonObject[] => {
    const encoder = encodeStream(answerContext(plainRequest(), body));
    const text = events.map((event) => encoder.push(event)).join('');
    const blocks = text.split('\n\n').filter((block) => block !== '');
    const written = blocks.map((block) => JSON.parse(block.slice(block.indexOf('data: ') + 6)) as JsonObject);
    return written.filter((event) => 'item' in event);
  };

  it('comes whole, its arguments as an object', () => {
    const item = { type: 'tool_search_call', id: `tsc_${HEX}0000`, call_id: 'call_9', execution: 'client' };
    expect(itemsOf(called('tool_search', '{"query":"agents"}'), { tools: [SEARCH] })).toMatchObject([
      { type: 'response.output_item.added', item: { ...item, arguments: {}, status: 'in_progress' } },
      { type: 'response.output_item.done', item: { ...item, arguments: { query: 'agents' }, status: 'completed' } },
    ]);
  });

  it('is a function where the client has a function of that name', () => {
    const [added] = itemsOf(called('tool_search', '{"query":"a"}'), { tools: [agentTool('tool_search')] });
    expect(added?.['item']).toMatchObject({ type: 'function_call', name: 'tool_search' });
  });

  it('leads to calls in the namespace of what was found', () => {
    const body = { tools: [SEARCH], input: searched([FOUND]) };
    const done = itemsOf(called('agents__spawn', '{"task":"t"}'), body).at(-1);
    expect(done?.['item']).toMatchObject({ type: 'function_call', name: 'spawn', namespace: 'agents' });
  });
});
