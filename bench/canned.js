// What is asked and what is answered: shared by the mock upstream, nginx's canned answer and the checks.

/** The model of the bench; behind the gateways that need a provider it is `PROVIDER/bench-model`. */
export const model = 'bench-model';

const sentence = 'The quick brown fox jumps over the lazy dog, and the benchmark counts what the gateway pays for it. ';

/** A chat answer of about 600 bytes, as OpenAI shapes it. No `$`, no `'`: nginx's config holds it as it stands. */
export const chatAnswer = JSON.stringify({
  id: 'chatcmpl-bench0000000000000000000',
  object: 'chat.completion',
  created: 1767225600,
  model,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: sentence.repeat(2).trim(), refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 212, completion_tokens: 42, total_tokens: 254, prompt_tokens_details: { cached_tokens: 0 } },
  system_fingerprint: 'fp_bench',
});

/** The same answer as Anthropic shapes it. */
export const messagesAnswer = JSON.stringify({
  id: 'msg_bench0000000000000000000',
  type: 'message',
  role: 'assistant',
  model,
  content: [{ type: 'text', text: sentence.repeat(2).trim() }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 212, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 42 },
});

export const embeddingsAnswer = JSON.stringify({
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: Array.from({ length: 16 }, (_, index) => (index - 8) / 16) }],
  model,
  usage: { prompt_tokens: 212, total_tokens: 212 },
});

export const modelsAnswer = JSON.stringify({
  object: 'list',
  data: [{ id: model, object: 'model', created: 1767225600, owned_by: 'bench' }],
});

/** A chat request of about 1 KB. `max_tokens` is the number of chunks that the mock upstream streams. */
export function chatRequest({ modelName = model, chunks = 0 } = {}) {
  const body = {
    model: modelName,
    messages: [
      { role: 'system', content: 'You are a terse assistant.' },
      { role: 'user', content: sentence.repeat(8).trim() },
    ],
    temperature: 0.2,
  };
  return JSON.stringify(chunks === 0 ? body : { ...body, max_tokens: chunks, stream: true });
}

/** The same request as a client of Anthropic's makes it. */
export function messagesRequest({ modelName = model, chunks = 0 } = {}) {
  const body = {
    model: modelName,
    max_tokens: chunks === 0 ? 1_000 : chunks,
    system: 'You are a terse assistant.',
    messages: [{ role: 'user', content: sentence.repeat(8).trim() }],
    temperature: 0.2,
  };
  return JSON.stringify(chunks === 0 ? body : { ...body, stream: true });
}

/** The pieces of a streamed answer as events of the wire: `[first, …content, finish, usage?, done]`. */
export function streamedEvents({ chunks, withUsage }) {
  const events = [];
  for (let index = 0; index < chunks; index++) {
    const delta = index === 0 ? { role: 'assistant', content: 'The' } : { content: ` word${index % 10}` };
    events.push(event([{ index: 0, delta, logprobs: null, finish_reason: null }]));
  }
  events.push(event([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]));
  if (withUsage) {
    events.push(event([], { prompt_tokens: 212, completion_tokens: chunks, total_tokens: 212 + chunks }));
  }
  events.push('data: [DONE]\n\n');
  return events;
}

/** The same as Anthropic streams it. */
export function messagesEvents({ chunks }) {
  const usage = { input_tokens: 212, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const message = { ...JSON.parse(messagesAnswer), content: [], stop_reason: null, usage };
  const events = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
  ];
  for (let index = 0; index < chunks; index++) {
    const text = index === 0 ? 'The' : ` word${index % 10}`;
    events.push({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
  }
  events.push(
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: chunks },
    },
    { type: 'message_stop' },
  );
  return events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`);
}

function event(choices, usage) {
  const body = {
    id: 'chatcmpl-bench0000000000000000000',
    object: 'chat.completion.chunk',
    created: 1767225600,
    model,
    system_fingerprint: 'fp_bench',
    choices,
    ...(usage === undefined ? {} : { usage }),
  };
  return `data: ${JSON.stringify(body)}\n\n`;
}
