// What `translate.js` translates, the same in every run: a short chat, an agent's long request, an answer and its stream.

const sentence = 'The quick brown fox jumps over the lazy dog, and the benchmark counts what the gateway pays for it. ';
const kilobyte = 1024;

/** As many pieces as a stream of one minute from a fast model has. */
export const piecesPerStream = 2_000;

/** A chat of about 1 KB, in Anthropic's words. */
export const shortChat = {
  model: 'bench-model',
  max_tokens: 1_000,
  temperature: 0.2,
  system: 'You are a terse assistant.',
  messages: [{ role: 'user', content: sentence.repeat(8).trim() }],
};

/** What a coding agent sends in the middle of its work: 200 KB, 40 tools, a history of 86 calls. In Anthropic's words. */
export const agentRequest = {
  model: 'bench-model',
  max_tokens: 32_000,
  system: [{ type: 'text', text: sentence.repeat(140), cache_control: { type: 'ephemeral' } }],
  tools: Array.from({ length: 40 }, (_, index) => tool(index)),
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Find out why the build fails, and mend it.' }] },
    ...Array.from({ length: 86 }, (_, index) => round(index)).flat(),
  ],
};

function tool(index) {
  const properties = {
    file_path: { type: 'string', description: 'The absolute path of the file, which must be inside the project.' },
    pattern: { type: 'string', description: sentence.slice(0, 80) },
    mode: { type: 'string', enum: ['content', 'files', 'count'], default: 'files' },
    limit: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }], description: 'How many lines at most.' },
    edits: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          old_string: { type: 'string', description: 'What stands there now.' },
          new_string: { type: 'string', description: 'What is to stand there.' },
          replace_all: { type: 'boolean', default: false },
        },
        required: ['old_string', 'new_string'],
        additionalProperties: false,
      },
    },
  };
  const schema = { type: 'object', properties, required: ['file_path'], additionalProperties: false };
  return { name: `bench_tool_${index}`, description: sentence.repeat(4), input_schema: schema };
}

/** A thought said aloud, a call, and what came of it: a piece of a file, with its quotes and line ends. */
function round(index) {
  const id = `toolu_01Bench${String(index).padStart(20, '0')}`;
  const input = { file_path: `/home/user/project/src/module-${index}.ts`, pattern: `"name": ${index}`, limit: 100 };
  const line = (number) => `${number}\tconst value${number} = read("module-${index}", { limit: ${number} });\n`;
  const file = Array.from({ length: 22 }, (_, number) => line(number)).join('');
  return [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: `I look at module ${index} next. ${sentence}` },
        { type: 'tool_use', id, name: `bench_tool_${index % 40}`, input },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: file }] },
  ];
}

const usage = {
  inputTokens: 212,
  outputTokens: 42,
  cacheReadTokens: 0,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  inputAudioTokens: null,
  outputAudioTokens: null,
  imageTokens: null,
};

const finish = (reason) => ({ type: 'finish', finish: { reason, raw: null, stopSequence: null, detail: null } });
const start = { type: 'start', id: 'bench0000000000000000000', model: 'bench-model' };

/** The pieces of an answer of 200 characters, and one call. */
export function wholeAnswer(unknownUsage) {
  return [
    start,
    { type: 'text', text: sentence.repeat(2).trim() },
    { type: 'part_end' },
    { type: 'tool_call', call: 0, id: 'call_bench', name: 'bench_tool_1', kind: 'function', state: null },
    { type: 'tool_arguments', call: 0, text: '{"file_path":"/home/user/project/src/index.ts"}' },
    { type: 'tool_call_end', call: 0 },
    { type: 'usage', usage: { ...unknownUsage, ...usage } },
    finish('tool_calls'),
  ];
}

/** The pieces of a long stream: `{before, pieces, after}`, of which `pieces` are what is timed. */
export const streams = {
  text: (unknownUsage) => ({
    before: [start, { type: 'text', text: 'The' }],
    pieces: Array.from({ length: piecesPerStream }, (_, index) => ({ type: 'text', text: ` word${index % 10}` })),
    after: [{ type: 'part_end' }, { type: 'usage', usage: { ...unknownUsage, ...usage } }, finish('stop')],
  }),
  toolArguments: (unknownUsage) => ({
    before: [
      start,
      { type: 'tool_call', call: 0, id: 'call_bench', name: 'bench_tool_1', kind: 'function', state: null },
      { type: 'tool_arguments', call: 0, text: '{"file_path":"' },
    ],
    pieces: Array.from({ length: piecesPerStream }, (_, index) => ({
      type: 'tool_arguments',
      call: 0,
      text: `\\"w${index % 10}\\n`,
    })),
    after: [
      { type: 'tool_arguments', call: 0, text: '"}' },
      { type: 'tool_call_end', call: 0 },
      { type: 'usage', usage: { ...unknownUsage, ...usage } },
      finish('tool_calls'),
    ],
  }),
};

/** The same as the events of Bedrock's ConverseStream, which no client speaks: nothing here could write them. */
export function converseEvents({ before, pieces, after }) {
  const written = (events) => events.flatMap(converseEvent);
  return { before: written(before), pieces: written(pieces), after: written(after) };
}

function converseEvent(event) {
  const at = { contentBlockIndex: 0 };
  switch (event.type) {
    case 'start':
      return [{ messageStart: { role: 'assistant' } }];
    case 'text':
      return [{ contentBlockDelta: { ...at, delta: { text: event.text } } }];
    case 'tool_call':
      return [{ contentBlockStart: { ...at, start: { toolUse: { toolUseId: event.id, name: event.name } } } }];
    case 'tool_arguments':
      return [{ contentBlockDelta: { ...at, delta: { toolUse: { input: event.text } } } }];
    case 'part_end':
    case 'tool_call_end':
      return [{ contentBlockStop: at }];
    case 'finish':
      return [{ messageStop: { stopReason: event.finish.reason === 'stop' ? 'end_turn' : 'tool_use' } }];
    default:
      return [{ metadata: { usage: { inputTokens: 212, outputTokens: 42, totalTokens: 254 } } }];
  }
}

/** A whole answer of Bedrock's Converse. */
export const converseAnswer = {
  output: {
    message: {
      role: 'assistant',
      content: [
        { text: sentence.repeat(2).trim() },
        {
          toolUse: {
            toolUseId: 'call_bench',
            name: 'bench_tool_1',
            input: { file_path: '/home/user/project/src/index.ts' },
          },
        },
      ],
    },
  },
  stopReason: 'tool_use',
  usage: { inputTokens: 212, outputTokens: 42, totalTokens: 254 },
};

export function sizeKb(bytes) {
  return bytes.length / kilobyte;
}
