import { COUNTED, THOUGHT } from '../model.js';
import { parsed, refuse } from './refuse.js';

/** Chat completions of a model that shows its thoughts and wants those before calls back (DeepSeek's manual). */
export const chat = {
  basePath: '/v1',
  provider: 'deepseek',
  dialect: 'openai-chat',
  model: 'deepseek-chat',
  read,
  answer,
};

const ROLES = ['system', 'user', 'assistant', 'tool'];

function read({ url, body, passes }) {
  refuse(url !== '/v1/chat/completions', `no such address: ${url}`);
  const { messages, tools = [] } = body;
  refuse(!Array.isArray(messages) || messages.length === 0, 'messages: none');
  for (const field of Object.keys(body)) refuse(body[field] === null, `${field}: null`);
  let open = [];
  for (const message of messages) {
    refuse(!ROLES.includes(message.role), `role ${message.role}`);
    if (message.role === 'tool') {
      refuse(!open.includes(message.tool_call_id), `a result of no call: ${message.tool_call_id}`);
      open = open.filter((id) => id !== message.tool_call_id);
      continue;
    }
    refuse(open.length > 0, `calls without results: ${open.join(', ')}`);
    for (const call of message.tool_calls ?? []) parsed(call.function.arguments);
    const lacksThoughts = message.tool_calls !== undefined && typeof message.reasoning_content !== 'string';
    refuse(lacksThoughts && !passes, 'The reasoning_content in the thinking mode must be passed back to the API.');
    open = (message.tool_calls ?? []).map(({ id }) => id);
  }
  refuse(open.length > 0, `calls without results: ${open.join(', ')}`);
  const lastCall = messages.findLastIndex(({ tool_calls: calls }) => calls !== undefined);
  const after = messages.slice(lastCall + 1);
  const done = lastCall >= 0 && after.some(({ role }) => role === 'tool');
  return {
    stream: body.stream === true,
    streamUsage: body.stream_options?.include_usage === true,
    prompt: messages
      .filter(({ role }) => role === 'user')
      .map(textOf)
      .join('\n'),
    tools: tools.map((tool) => ({ name: tool.function.name, schema: tool.function.parameters })),
    results: done ? after.filter(({ role }) => role === 'tool').map(textOf) : [],
    jsonSchema: body.response_format?.json_schema?.schema ?? null,
    states: [],
  };
}

function textOf({ content }) {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

const USAGE = {
  prompt_tokens: COUNTED.input,
  completion_tokens: COUNTED.output,
  total_tokens: COUNTED.input + COUNTED.output,
  prompt_tokens_details: { cached_tokens: COUNTED.cacheRead },
  completion_tokens_details: { reasoning_tokens: COUNTED.reasoning },
};

function answer({ text, thinks, calls }, asked, turn) {
  const id = `chatcmpl-${turn}`;
  const toolCalls = calls.map((call, index) => ({
    id: `call_${turn}_${index}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  const finish = calls.length > 0 ? 'tool_calls' : 'stop';
  const basis = { id, created: 1_790_000_000, model: 'deepseek-chat', system_fingerprint: 'fp_1' };
  if (!asked.stream) {
    const message = { role: 'assistant', content: text, ...(thinks ? { reasoning_content: THOUGHT } : {}) };
    const whole = calls.length > 0 ? { ...message, tool_calls: toolCalls } : message;
    const choices = [{ index: 0, message: whole, logprobs: null, finish_reason: finish }];
    return { json: { ...basis, object: 'chat.completion', choices, usage: USAGE } };
  }
  const chunk = (delta, reason = null) => ({
    ...basis,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  });
  const half = Math.ceil(text.length / 2);
  const chunks = [
    chunk({ role: 'assistant', content: '' }),
    ...(thinks ? [chunk({ reasoning_content: THOUGHT })] : []),
    chunk({ content: text.slice(0, half) }),
    chunk({ content: text.slice(half) }),
    ...toolCalls.flatMap((call, index) => callChunks(call, index).map((piece) => chunk({ tool_calls: [piece] }))),
    chunk({}, finish),
    ...(asked.streamUsage ? [{ ...basis, object: 'chat.completion.chunk', choices: [], usage: USAGE }] : []),
  ];
  return { events: [...chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`), 'data: [DONE]\n\n'] };
}

function callChunks(call, index) {
  const { name, arguments: given } = call.function;
  const half = Math.ceil(given.length / 2);
  const piece = (text) => ({ index, function: { arguments: text } });
  return [{ ...call, index, function: { name, arguments: '' } }, piece(given.slice(0, half)), piece(given.slice(half))];
}
