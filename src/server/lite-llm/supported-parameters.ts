import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import type { ChatQuirks } from '../../canonical/quirks.ts';
import type { Endpoint } from '../../canonical/target.ts';
import { backOf, CHAT_FACE } from '../../dialects/faces.ts';
import { decodeParameters, parameterOf } from '../../dialects/openai-parameters.ts';

/** Of each provider's quirks, which stay, the models that were asked about; all are forgotten when there are more. */
const MOST_REMEMBERED = 10_000;
const remembered = new WeakMap<ChatQuirks, Map<string, readonly string[]>>();

/**
 * The parameters of OpenAI's chat that reach a model, as its dialect is written; the others would be named in
 * `x-llmgw-dropped`. Nothing is sent. The first time takes half a millisecond for each model.
 */
export function supportedParameters(endpoint: Endpoint, model: string): readonly string[] {
  const { dialect, quirks } = endpoint;
  const memory = remembered.get(quirks) ?? new Map<string, readonly string[]>();
  const key = `${dialect}\n${model}`;
  const known = memory.get(key);
  if (known !== undefined) return known;
  const supported = find(endpoint, model);
  if (memory.size >= MOST_REMEMBERED) memory.clear();
  remembered.set(quirks, memory.set(key, supported));
  return supported;
}

function find({ dialect, quirks }: Endpoint, model: string): readonly string[] {
  const { encodeRequest } = backOf(dialect);
  const target = { model, quirks, maxOutputTokens: null, contextTokens: null, loadedContextTokens: null };
  const reaches = (asked: JsonObject): readonly string[] => {
    try {
      const { dropped } = encodeRequest({ ...decodeParameters(asked), model }, target);
      const names = new Set(dropped.map(parameterOf));
      return Object.keys(asked).filter((name) => !names.has(parameterOf(name)));
    } catch (error) {
      // Refused, where it cannot be left out.
      if (error instanceof GatewayError) return [];
      throw error;
    }
  };
  // Several answers are no part of what is translated; the client's own dialect is passed on as it is.
  const several = dialect === CHAT_FACE.dialect ? ['n'] : [];
  return ['stream', 'stream_options', ...TOGETHER.flatMap(reaches), 'max_completion_tokens', ...several];
}

const TOOL = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };

/** What one request can say without one part of it keeping another from being sent. */
const TOGETHER: readonly JsonObject[] = [
  {
    temperature: 0.5,
    max_tokens: 1000,
    stop: ['end'],
    seed: 1,
    presence_penalty: 0.1,
    frequency_penalty: 0.1,
    logit_bias: { '1': 1 },
    user: 'somebody',
    service_tier: 'auto',
  },
  { top_p: 0.5, logprobs: true, top_logprobs: 1, tools: [TOOL], tool_choice: 'auto', parallel_tool_calls: false },
  { response_format: { type: 'json_object' } },
  { reasoning_effort: 'low' },
];
