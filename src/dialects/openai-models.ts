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

const UNKNOWN: OpenAiModel = { kind: 'unknown', efforts: null, sampling: 'always' };
const PLAIN: OpenAiModel = { kind: 'plain', efforts: [], sampling: 'always' };
const PLAIN_SEARCH: OpenAiModel = { kind: 'plain', efforts: [], sampling: 'never' };

function reasoning(efforts: readonly Effort[] | null, sampling: OpenAiModel['sampling'] = 'never'): OpenAiModel {
  return { kind: 'reasoning', efforts, sampling };
}

const TO_HIGH: readonly Effort[] = ['low', 'medium', 'high'];
const TO_XHIGH: readonly Effort[] = ['low', 'medium', 'high', 'xhigh'];

/**
 * The first row that fits. Sources: the ids of `ChatModel` and `ResponsesModel` in the `openai` package; the efforts in
 * the compatibility matrix at community.openai.com/t/1371738; OpenAI's guide to GPT-5.2 ("temperature, top_p, logprobs
 * … only supported … with reasoning effort set to none"); GPT-6 in `@ai-sdk/openai`'s model capabilities.
 */
const ROWS: readonly (readonly [RegExp, OpenAiModel])[] = [
  [/^gpt-5-chat/, PLAIN],
  [/^gpt-5-search|^gpt-4o(?:-mini)?-search/, PLAIN_SEARCH],
  [/^gpt-5\.\d+-chat/, reasoning(['medium'])],
  [/^gpt-5-pro/, reasoning(['high'])],
  [/^gpt-5\.\d+-pro/, reasoning(['medium', 'high', 'xhigh'])],
  [/^gpt-5\.1-codex-max|^gpt-5\.(?:[2-9]|\d\d)-codex/, reasoning(TO_XHIGH)],
  [/^gpt-5(?:\.1)?-codex|^codex-/, reasoning(TO_HIGH)],
  [/^gpt-5\.1(?:-|$)/, reasoning(['none', ...TO_HIGH], 'without-effort')],
  [/^gpt-5\.[2-5](?:-|$)/, reasoning(['none', ...TO_XHIGH], 'without-effort')],
  [/^gpt-5\.\d/, reasoning(null, 'without-effort')],
  [/^gpt-5(?:-|$)/, reasoning(['minimal', ...TO_HIGH])],
  [/^gpt-(?:[6-9]|\d\d)(?:[.-]|$)/, reasoning(null)],
  [/^o[1-9](?:-|$)/, reasoning(TO_HIGH)],
  [/^(?:gpt-3\.5|gpt-4|chatgpt-)/, PLAIN],
];
