import { booleanField, countField, listField, numberField, objectField, restOf, wrong } from '../fields.ts';
import type { CanonicalRequest, OutputFormat, ReasoningWish, Sampling } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { THINK_LEVELS } from './wire.ts';
import { wishOf } from './models.ts';

type Settings = Pick<
  CanonicalRequest,
  'output' | 'reasoning' | 'sampling' | 'maxOutputTokens' | 'stop' | 'logprobs' | 'extras'
>;

/** Options that other dialects have words for. */
const OPTIONS: ReadonlySet<string> = new Set([
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'num_predict',
  'stop',
]);

const FIELDS = ['model', 'stream', 'format', 'think', 'logprobs', 'top_logprobs', 'options'];

/** What `/api/chat` and `/api/generate` have in common. `said`: the fields that hold what is said. */
export function decodeSettings(body: JsonObject, said: readonly string[]): Settings {
  const options = objectField(body, 'options', '') ?? {};
  return {
    output: outputOf(body['format']),
    reasoning: reasoningOf(body['think']),
    sampling: samplingOf(options),
    maxOutputTokens: limitOf(options),
    stop: stopOf(options),
    logprobs: logprobsOf(body),
    extras: { origin: 'ollama', fields: extrasOf(body, options, said) },
  };
}

function outputOf(format: unknown): OutputFormat | null {
  if (format === undefined || format === null || format === '') return null;
  if (format === 'json') return { kind: 'json' };
  if (!isObject(format)) return wrong('format', 'must be "json" or a JSON schema');
  return { kind: 'schema', schema: format, name: null, description: null, strict: null };
}

function reasoningOf(think: unknown): ReasoningWish | null {
  if (think === undefined || think === null) return null;
  if (typeof think === 'boolean') return wishOf(think);
  const level = THINK_LEVELS.find((known) => known === think);
  return level === undefined ? wrong('think', `must be true, false, ${THINK_LEVELS.join(', ')}`) : wishOf(level);
}

function samplingOf(options: JsonObject): Sampling {
  return {
    temperature: numberField(options, 'temperature', 'options'),
    topP: numberField(options, 'top_p', 'options'),
    topK: numberField(options, 'top_k', 'options'),
    seed: numberField(options, 'seed', 'options'),
    frequencyPenalty: numberField(options, 'frequency_penalty', 'options'),
    presencePenalty: numberField(options, 'presence_penalty', 'options'),
  };
}

/** Below zero it is no limit: -1 goes on, -2 fills the context. */
function limitOf(options: JsonObject): number | null {
  const limit = numberField(options, 'num_predict', 'options');
  return limit === null || limit < 0 ? null : countField(options, 'num_predict', 'options');
}

function stopOf(options: JsonObject): readonly string[] {
  if (typeof options['stop'] === 'string') return [options['stop']];
  return (listField(options, 'stop', 'options') ?? []).map((text, index) =>
    typeof text === 'string' ? text : wrong(`options.stop[${index}]`, 'must be a string'),
  );
}

function logprobsOf(body: JsonObject): CanonicalRequest['logprobs'] {
  const top = countField(body, 'top_logprobs', '') ?? 0;
  return booleanField(body, 'logprobs', '') === true ? { top } : null;
}

/** Everything else as it stands there. `truncate: false` says nothing: a prompt that is too long is an error anyway. */
function extrasOf(body: JsonObject, options: JsonObject, said: readonly string[]): JsonObject {
  const rest = restOf(body, new Set([...FIELDS, ...said, ...(body['truncate'] === false ? ['truncate'] : [])]));
  const limit = options['num_predict'];
  const others = {
    ...restOf(options, OPTIONS),
    ...(typeof limit === 'number' && limit < 0 ? { num_predict: limit } : {}),
  };
  return Object.keys(others).length === 0 ? rest : { ...rest, options: others };
}
