import { EFFORTS } from '../canonical/request.ts';
import type { Effort } from '../canonical/request.ts';

/** What OpenAI takes in a request for one of its models. */
export interface OpenAiModel {
  /** `unknown`: a name that is none of OpenAI's (a deployment of Azure, another provider's model). */
  readonly kind: 'reasoning' | 'plain' | 'unknown';
  /** Efforts that are taken, lowest first; `null`: all, as far as is known. */
  readonly efforts: readonly Effort[] | null;
  /** Whether `temperature`, `top_p` and log probabilities are taken: only with the effort `none`, or never. */
  readonly sampling: 'always' | 'without-effort' | 'never';
  /** `verbosity` of `low` and `high`; `medium` is taken by all. */
  readonly verbosity: boolean;
  /** What chat completions take of it, the Responses API being what OpenAI's newer models are made for. */
  readonly inChat: {
    readonly efforts: readonly Effort[] | null;
    /** Tools: always, while nothing is said of an effort (or it is `none`), or with an effort of `none` alone. */
    readonly tools: 'always' | 'without-effort' | 'with-none';
    /** `parallel_tool_calls`. */
    readonly parallelChoice: boolean;
  };
}

/** The model behind an id, with or without a provider before it (`openai/gpt-5.1`) or a date behind it. */
export function openAiModel(id: string): OpenAiModel {
  const name = id.slice(id.lastIndexOf('/') + 1).replace(/^ft:/, '');
  if (!/^(?:gpt-|o\d|codex-|chatgpt-)/.test(name)) return UNKNOWN;
  return ROWS.find(([pattern]) => pattern.test(name))?.[1] ?? UNKNOWN;
}

/** The effort that is taken and nearest to the one that is asked for; of two that are as near, the higher one. */
export function nearestEffort<E extends string>(effort: Effort, taken: readonly E[] | null): Effort | E {
  if (taken === null) return effort;
  let nearest: Effort | E = effort;
  let least = Infinity;
  for (const candidate of taken) {
    const place = EFFORTS.findIndex((known) => known === candidate);
    const distance = Math.abs(place - EFFORTS.indexOf(effort));
    if (place >= 0 && distance <= least) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

/** Models that cannot be told how long a text is to be take the word for what they do. */
export function takesVerbosity(model: OpenAiModel, verbosity: string): boolean {
  return model.verbosity || verbosity === 'medium';
}

const UNKNOWN: OpenAiModel = {
  kind: 'unknown',
  efforts: null,
  sampling: 'always',
  verbosity: true,
  inChat: { efforts: null, tools: 'always', parallelChoice: true },
};
const PLAIN: OpenAiModel = {
  ...UNKNOWN,
  kind: 'plain',
  efforts: [],
  verbosity: false,
  inChat: { ...UNKNOWN.inChat, efforts: [] },
};
const PLAIN_SEARCH: OpenAiModel = { ...PLAIN, sampling: 'never' };

interface ReasoningRow extends Partial<Pick<OpenAiModel, 'sampling' | 'verbosity'>> {
  readonly inChat?: Partial<OpenAiModel['inChat']>;
}

function reasoning(efforts: readonly Effort[] | null, row: ReasoningRow = {}): OpenAiModel {
  return {
    kind: 'reasoning',
    efforts,
    sampling: row.sampling ?? 'never',
    verbosity: row.verbosity ?? true,
    inChat: { ...UNKNOWN.inChat, efforts, ...row.inChat },
  };
}

const TO_HIGH: readonly Effort[] = ['low', 'medium', 'high'];
const TO_XHIGH: readonly Effort[] = ['low', 'medium', 'high', 'xhigh'];
const TO_MAX: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];
const CALM_UNTIL_ASKED: ReasoningRow = { sampling: 'without-effort', inChat: { tools: 'without-effort' } };
/** Those of the `o` series: "Unsupported parameter: 'parallel_tool_calls'" (tensorzero/tensorzero#2805). */
const O_SERIES: ReasoningRow = { verbosity: false, inChat: { parallelChoice: false } };

/**
 * The first row that fits. Sources: the ids of `ChatModel` and `ResponsesModel` in the `openai` package; the efforts in
 * the compatibility matrix at community.openai.com/t/1371738, and as the API was asked for them in
 * enricoros/big-AGI#1159 (Responses) and mnfst/modelparams.dev#236 (chat); OpenAI's guide to GPT-5.2 ("temperature,
 * top_p, logprobs … only supported … with reasoning effort set to none"); verbosity in enricoros/big-AGI#947 and
 * theopenco/llmgateway#2989; tools in chat in openai/openai-openapi#541 and BerriAI/litellm#34569 (GPT-5.6 refuses them
 * where nothing is said of an effort as well); GPT-6 in `@ai-sdk/openai`'s model capabilities.
 */
const ROWS: readonly (readonly [RegExp, OpenAiModel])[] = [
  [/^gpt-5-chat/, PLAIN],
  [/^gpt-5-search|^gpt-4o(?:-mini)?-search/, PLAIN_SEARCH],
  [/^gpt-5\.\d+-chat/, reasoning(['medium'])],
  [/^gpt-5-pro/, reasoning(['high'])],
  [/^gpt-5\.\d+-pro/, reasoning(['medium', 'high', 'xhigh'])],
  [/^gpt-5\.1-codex-max|^gpt-5\.2-codex/, reasoning(TO_XHIGH, { verbosity: false })],
  [/^gpt-5\.(?:[3-9]|\d\d)-codex/, reasoning(TO_XHIGH)],
  [/^gpt-5(?:\.1)?-codex|^codex-/, reasoning(TO_HIGH, { verbosity: false })],
  [/^gpt-5\.1(?:-|$)/, reasoning(['none', ...TO_HIGH], { sampling: 'without-effort' })],
  [/^gpt-5\.[2-5](?:-|$)/, reasoning(['none', ...TO_XHIGH], CALM_UNTIL_ASKED)],
  [
    /^gpt-5\.\d/,
    reasoning(['none', ...TO_MAX], {
      sampling: 'without-effort',
      inChat: { efforts: ['none', ...TO_XHIGH], tools: 'with-none' },
    }),
  ],
  [/^gpt-5(?:-|$)/, reasoning(['minimal', ...TO_HIGH])],
  [/^gpt-6(?:-(?:sol|luna)|\.1-terra)(?:-|$)/, reasoning(['none', ...TO_MAX], { inChat: { tools: 'with-none' } })],
  [/^gpt-(?:[6-9]|\d\d)(?:[.-]|$)/, reasoning(TO_MAX)],
  [/^o\d(?:-mini)?-deep-research/, reasoning(['medium'], O_SERIES)],
  [/^o[1-9](?:-|$)/, reasoning(TO_HIGH, O_SERIES)],
  [/^(?:gpt-3\.5|gpt-4|chatgpt-)/, PLAIN],
];
