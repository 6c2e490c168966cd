import { COUNTED, THOUGHT } from '../model.js';
import { refuse } from './refuse.js';

const SIGNATURE = 'ErUBCkYIBxgCIkDscriptedSignature+/==';

/** Anthropic's Messages (its reference): results follow their calls, and thoughts come back with their signature. */
export const anthropic = {
  basePath: '/v1',
  provider: 'anthropic',
  dialect: 'anthropic-messages',
  model: 'claude-sonnet-4-6',
  read,
  answer,
};

function read({ url, body, headers }) {
  const path = url.split('?')[0];
  refuse(headers['anthropic-version'] !== '2023-06-01', 'no anthropic-version');
  if (path === '/v1/messages/count_tokens') return { counts: true };
  refuse(path !== '/v1/messages', `no such address: ${url}`);
  const { messages, tools = [], system = '' } = body;
  refuse(!Number.isInteger(body.max_tokens), 'max_tokens: missing');
  for (const field of Object.keys(body)) refuse(body[field] === null, `${field}: null`);
  refuse(!Array.isArray(messages) || messages[0]?.role !== 'user', 'messages: the first is not from the user');
  checkThinking(body);
  const knowsSystemTurns = (headers['anthropic-beta'] ?? '').includes('mid-conversation-');
  let open = [];
  for (const { role, content } of messages) {
    refuse(role === 'system' && !knowsSystemTurns, 'a system message within messages, without its beta');
    if (role === 'system') continue;
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    refuse(blocks.length === 0, `an empty message of ${role}`);
    refuse(
      blocks.some(({ type, text }) => type === 'text' && text === ''),
      'text content blocks must be non-empty',
    );
    const results = blocks.filter(({ type }) => type === 'tool_result').map(({ tool_use_id: id }) => id);
    refuse(
      JSON.stringify([...results].sort()) !== JSON.stringify([...open].sort()),
      `results [${results}] after the calls [${open}]`,
    );
    open = blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id);
  }
  const last = messages.findLast(({ role }) => role === 'user');
  const lastBlocks = typeof last.content === 'string' ? [] : last.content;
  return {
    stream: body.stream === true,
    prompt: JSON.stringify(messages),
    tools: tools.map((tool) => ({ name: tool.name, schema: tool.input_schema })),
    results: lastBlocks.filter(({ type }) => type === 'tool_result').map(resultText),
    jsonSchema: body.output_config?.format?.schema ?? null,
    shows: body.thinking !== undefined && body.thinking.type !== 'disabled',
    states: statesOf(messages),
    system: typeof system === 'string' ? system : system.map(({ text }) => text).join('\n'),
  };
}

function checkThinking({ thinking, max_tokens: limit, temperature, tool_choice: choice }) {
  if (thinking === undefined || thinking.type === 'disabled') return;
  refuse(thinking.type === 'enabled' && thinking.budget_tokens >= limit, 'the budget is not below max_tokens');
  refuse(temperature !== undefined && temperature !== 1, 'temperature with thinking');
  refuse(choice?.type === 'any' || choice?.type === 'tool', 'a forced tool with thinking');
}

/** Thoughts before calls come back with their signature, or the turn is refused. */
function statesOf(messages) {
  return messages.flatMap(({ role, content }) => {
    if (role !== 'assistant' || typeof content === 'string') return [];
    return content
      .filter(({ type }) => type === 'thinking')
      .map(({ signature }) => {
        refuse(signature !== SIGNATURE, `a signature that is not ours: ${signature}`);
        return signature;
      });
  });
}

function resultText({ content = '' }) {
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('');
}

const STARTED = {
  input_tokens: COUNTED.input - COUNTED.cacheRead,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: COUNTED.cacheRead,
  output_tokens: 1,
};
const USAGE = { ...STARTED, output_tokens: COUNTED.output };

function answer({ text, thinks, calls }, asked, turn) {
  if (asked.counts) return { json: { input_tokens: COUNTED.input } };
  const thought = { type: 'thinking', thinking: THOUGHT, signature: SIGNATURE };
  const uses = calls.map((call, index) => ({
    type: 'tool_use',
    id: `toolu_${turn}_${index}`,
    name: call.name,
    input: call.arguments,
  }));
  const content = [...(thinks && asked.shows ? [thought] : []), { type: 'text', text }, ...uses];
  const reason = calls.length > 0 ? 'tool_use' : 'end_turn';
  const message = { id: `msg_${turn}`, type: 'message', role: 'assistant', model: 'claude-sonnet-4-6' };
  const whole = { ...message, content, stop_reason: reason, stop_sequence: null, usage: USAGE };
  if (!asked.stream) return { json: whole };
  const begun = { ...whole, content: [], stop_reason: null, usage: STARTED };
  const events = [
    { type: 'message_start', message: begun },
    { type: 'ping' },
    ...content.flatMap(blockEvents),
    { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: USAGE },
    { type: 'message_stop' },
  ];
  return { events: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`) };
}

function blockEvents(block, index) {
  const [start, ...deltas] = piecesOf(block);
  return [
    { type: 'content_block_start', index, content_block: start },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function piecesOf(block) {
  switch (block.type) {
    case 'thinking':
      return [
        { ...block, thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: block.thinking },
        { type: 'signature_delta', signature: block.signature },
      ];
    case 'tool_use': {
      const text = JSON.stringify(block.input);
      const delta = (partial) => ({ type: 'input_json_delta', partial_json: partial });
      return [{ ...block, input: {} }, delta(''), delta(text.slice(0, 9)), delta(text.slice(9))];
    }
    default:
      return [
        { type: 'text', text: '' },
        { type: 'text_delta', text: block.text },
      ];
  }
}
