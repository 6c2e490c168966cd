import { COUNTED, THOUGHT } from '../model.js';
import { refuse } from './refuse.js';

const SIGNATURE = 'CscriptedThoughtSignature==';

/** Gemini's generateContent (its reference), whose 3 series wants the signature of the first call of each step back. */
export const gemini = {
  basePath: '/v1beta',
  provider: 'gemini',
  dialect: 'gemini',
  model: 'gemini-3-pro-preview',
  read,
  answer,
};

/** Keywords of JSON Schema that `parameters` does not take; `parametersJsonSchema` takes most. */
const UNKNOWN_KEYWORDS = [
  '$ref',
  '$schema',
  '$defs',
  'additionalProperties',
  'const',
  'exclusiveMinimum',
  'oneOf',
  'allOf',
];

function read({ url, body }) {
  const [, method] = /^\/v1beta\/models\/[^/:]+:(\w+)/.exec(url) ?? [];
  if (method === 'countTokens') return { counts: true };
  refuse(method !== 'generateContent' && method !== 'streamGenerateContent', `no such address: ${url}`);
  const { contents, tools = [], generationConfig = {} } = body;
  refuse(!Array.isArray(contents) || contents.length === 0, 'contents: none');
  for (const field of Object.keys(body)) refuse(body[field] === null, `${field}: null`);
  const declared = tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations);
  for (const { name, parameters } of declared) checkSchema(parameters, name);
  const states = checkTurns(contents);
  const last = contents.at(-1);
  return {
    stream: method === 'streamGenerateContent',
    prompt: JSON.stringify(contents),
    tools: declared.map((one) => ({ name: one.name, schema: one.parametersJsonSchema ?? one.parameters })),
    results: last.parts.flatMap((part) => (part.functionResponse ? [resultText(part.functionResponse.response)] : [])),
    jsonSchema: generationConfig.responseJsonSchema ?? generationConfig.responseSchema ?? null,
    shows: generationConfig.thinkingConfig?.includeThoughts === true,
    states,
  };
}

function checkSchema(schema, name) {
  if (schema === null || typeof schema !== 'object') return;
  for (const [key, value] of Object.entries(schema)) {
    refuse(UNKNOWN_KEYWORDS.includes(key), `tool ${name}: Unknown name "${key}"`);
    if (key === 'properties') for (const one of Object.values(value)) checkSchema(one, name);
    else if (key === 'items') checkSchema(value, name);
    else if (key === 'anyOf') for (const one of value) checkSchema(one, name);
  }
}

function checkTurns(contents) {
  const states = [];
  let open = 0;
  for (const { role, parts } of contents) {
    refuse(!Array.isArray(parts) || parts.length === 0, `contents of ${role} without parts`);
    const results = parts.filter((part) => part.functionResponse !== undefined).length;
    refuse(results !== open, `${results} function responses after ${open} function calls`);
    const calls = parts.filter((part) => part.functionCall !== undefined);
    const [first] = calls;
    refuse(first !== undefined && first.thoughtSignature === undefined, 'Function call is missing a thought_signature');
    for (const { thoughtSignature: one } of parts) {
      if (one === undefined) continue;
      refuse(one !== SIGNATURE, `a signature that is not ours: ${one}`);
      states.push(one);
    }
    open = calls.length;
  }
  return states;
}

function resultText(response) {
  return response.output ?? response.result ?? JSON.stringify(response);
}

const USAGE = {
  promptTokenCount: COUNTED.input,
  cachedContentTokenCount: COUNTED.cacheRead,
  candidatesTokenCount: COUNTED.output - COUNTED.reasoning,
  thoughtsTokenCount: COUNTED.reasoning,
  totalTokenCount: COUNTED.input + COUNTED.output,
};

function answer({ text, thinks, calls }, asked, turn) {
  if (asked.counts) return { json: { totalTokens: COUNTED.input } };
  const thought = thinks && asked.shows ? [{ text: THOUGHT, thought: true }] : [];
  // The API gives no id with a call, and a signature with the first of those that run side by side.
  const used = calls.map((call, index) => ({
    functionCall: { name: call.name, args: call.arguments },
    ...(index === 0 ? { thoughtSignature: SIGNATURE } : {}),
  }));
  const basis = { modelVersion: 'gemini-3-pro-preview', responseId: `gem-${turn}` };
  const given = (parts, ending = {}) => ({
    candidates: [{ index: 0, content: { role: 'model', parts }, ...ending }],
    ...basis,
  });
  const end = { finishReason: 'STOP' };
  if (!asked.stream) return { json: { ...given([...thought, { text }, ...used], end), usageMetadata: USAGE } };
  const chunks = [
    ...thought.map((part) => given([part])),
    given([{ text }]),
    ...(used.length > 0 ? [given(used)] : []),
    { ...given([{ text: '' }], end), usageMetadata: USAGE },
  ];
  return { events: chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`) };
}
