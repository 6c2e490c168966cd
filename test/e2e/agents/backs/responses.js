import { COUNTED, THOUGHT } from '../model.js';
import { parsed, refuse } from './refuse.js';

const ENCRYPTED = 'gAAAAABscriptedReasoning==';
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** OpenAI's Responses (its reference). Nothing is kept: `store` is false, and reasoning comes back encrypted. */
export const responses = {
  basePath: '/v1',
  provider: 'openai',
  dialect: 'openai-responses',
  model: 'gpt-5.1',
  read,
  answer,
};

function read({ url, body }) {
  refuse(url !== '/v1/responses', `no such address: ${url}`);
  const input = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input;
  const { tools = [] } = body;
  refuse(!Array.isArray(input) || input.length === 0, 'input: none');
  refuse(body.store !== false, 'store: not false');
  refuse(body.max_output_tokens !== undefined && body.max_output_tokens < 16, 'max_output_tokens: below 16');
  const functions = tools.flatMap(functionsOf);
  const called = input.filter(isCall).map(({ call_id: id }) => id);
  const answered = input.filter(isResult).map(({ call_id: id }) => id);
  for (const id of answered)
    refuse(!called.includes(id), `No tool call found for function call output with call_id ${id}.`);
  for (const id of called) refuse(!answered.includes(id), `No tool output found for function call ${id}.`);
  for (const one of input) if (one.type === 'function_call') parsed(one.arguments);
  const lastCall = input.findLastIndex(isCall);
  return {
    stream: body.stream === true,
    prompt: JSON.stringify(input),
    tools: functions,
    results:
      input.at(-1).type === 'message'
        ? []
        : input
            .slice(lastCall + 1)
            .filter(isResult)
            .map(resultText),
    jsonSchema: body.text?.format?.schema ?? null,
    encrypts: body.include?.includes('reasoning.encrypted_content') === true,
    states: input.filter(({ type }) => type === 'reasoning').map(stateOf),
  };
}

const isCall = ({ type }) => ['function_call', 'custom_tool_call', 'tool_search_call'].includes(type);
const isResult = ({ type }) => ['function_call_output', 'custom_tool_call_output', 'tool_search_output'].includes(type);

function functionsOf(tool) {
  if (tool.type === 'namespace') {
    return tool.tools.flatMap(functionsOf).map((one) => ({ ...one, namespace: tool.name }));
  }
  // Its input is a text, which the model of the other backs writes into an object.
  if (tool.type === 'custom')
    return [{ name: tool.name, isCustom: true, schema: { required: ['input'], properties: {} } }];
  if (tool.type === 'tool_search') return [{ name: tool.type, isSearch: true, schema: tool.parameters }];
  if (tool.type !== 'function') return [];
  refuse(!TOOL_NAME.test(tool.name), `tools.name: ${tool.name}`);
  refuse(tool.parameters?.type !== 'object', `tool ${tool.name}: parameters are no object`);
  return [{ name: tool.name, schema: tool.parameters }];
}

function stateOf(item) {
  refuse(item.encrypted_content !== ENCRYPTED, `reasoning that is not ours: ${item.encrypted_content}`);
  refuse(!Array.isArray(item.summary), 'reasoning without summary');
  return item.encrypted_content;
}

function resultText({ output, tools }) {
  if (tools !== undefined) return tools.map(({ name }) => name).join(', ');
  return typeof output === 'string' ? output : output.map(({ text = '' }) => text).join('');
}

const USAGE = {
  input_tokens: COUNTED.input,
  input_tokens_details: { cached_tokens: COUNTED.cacheRead },
  output_tokens: COUNTED.output,
  output_tokens_details: { reasoning_tokens: COUNTED.reasoning },
  total_tokens: COUNTED.input + COUNTED.output,
};

function answer({ text, thinks, calls }, asked, turn) {
  const encrypted = asked.encrypts ? { encrypted_content: ENCRYPTED } : {};
  const reasoning = {
    id: `rs_${turn}`,
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: THOUGHT }],
    ...encrypted,
  };
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  const output = [
    ...(thinks ? [reasoning] : []),
    { id: `msg_${turn}`, type: 'message', status: 'completed', role: 'assistant', content },
    ...calls.map((call, index) => callItem(call, index, asked, turn)),
  ];
  const basis = { id: `resp_${turn}`, object: 'response', created_at: 1_790_000_000, model: 'gpt-5.1', store: false };
  const whole = { ...basis, status: 'completed', error: null, incomplete_details: null, output, usage: USAGE };
  if (!asked.stream) return { json: whole };
  const begun = { ...basis, status: 'in_progress', output: [], usage: null };
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...output.flatMap(itemEvents),
    { type: 'response.completed', response: whole },
  ];
  return { events: events.map(event) };
}

function callItem(call, index, { tools }, turn) {
  const { isCustom = false, isSearch = false, namespace } = tools.find(({ name }) => name === call.name) ?? {};
  const basis = { status: 'completed', call_id: `call_${turn}_${index}`, name: call.name };
  if (isCustom) return { id: `ctc_${turn}_${index}`, type: 'custom_tool_call', ...basis, input: call.arguments.input };
  if (isSearch) {
    const search = { ...basis, name: undefined, execution: 'client', arguments: call.arguments };
    return { id: `tsc_${turn}_${index}`, type: 'tool_search_call', ...search };
  }
  const item = {
    id: `fc_${turn}_${index}`,
    type: 'function_call',
    ...basis,
    arguments: JSON.stringify(call.arguments),
  };
  return namespace === undefined ? item : { ...item, namespace };
}

function event(one, index) {
  return `event: ${one.type}\ndata: ${JSON.stringify({ ...one, sequence_number: index })}\n\n`;
}

function itemEvents(item, index) {
  const at = { item_id: item.id, output_index: index };
  const added = (begun) => ({ type: 'response.output_item.added', output_index: index, item: begun });
  const done = { type: 'response.output_item.done', output_index: index, item };
  switch (item.type) {
    case 'reasoning': {
      const part = { ...at, summary_index: 0 };
      return [
        added({ ...item, summary: [] }),
        { type: 'response.reasoning_summary_part.added', ...part, part: { type: 'summary_text', text: '' } },
        { type: 'response.reasoning_summary_text.delta', ...part, delta: THOUGHT },
        { type: 'response.reasoning_summary_text.done', ...part, text: THOUGHT },
        { type: 'response.reasoning_summary_part.done', ...part, part: item.summary[0] },
        done,
      ];
    }
    case 'message': {
      const part = { ...at, content_index: 0 };
      const [{ text }] = item.content;
      return [
        added({ ...item, status: 'in_progress', content: [] }),
        { type: 'response.content_part.added', ...part, part: { ...item.content[0], text: '' } },
        { type: 'response.output_text.delta', ...part, delta: text },
        { type: 'response.output_text.done', ...part, text },
        { type: 'response.content_part.done', ...part, part: item.content[0] },
        done,
      ];
    }
    case 'tool_search_call':
      return [added({ ...item, status: 'in_progress' }), done];
    case 'custom_tool_call':
      return [
        added({ ...item, status: 'in_progress', input: '' }),
        { type: 'response.custom_tool_call_input.delta', ...at, delta: item.input },
        { type: 'response.custom_tool_call_input.done', ...at, input: item.input },
        done,
      ];
    default:
      return [
        added({ ...item, status: 'in_progress', arguments: '' }),
        { type: 'response.function_call_arguments.delta', ...at, delta: item.arguments },
        { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments },
        done,
      ];
  }
}
