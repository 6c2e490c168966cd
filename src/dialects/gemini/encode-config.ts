import type { CanonicalRequest, ReasoningWish } from '../../canonical/request.ts';
import type { EncodeTarget } from '../dialect.ts';
import { formBesideTools } from '../instruction.ts';
import { budgetOfEffort, effortOfBudget } from '../reasoning-effort.ts';
import type { Drop } from './dropped.ts';
import type { ModelTraits, Thinking, ThinkingLevel } from './models.ts';
import { geminiSchema } from './schema.ts';
import type { WireGenerationConfig, WireThinkingConfig } from './wire.ts';

const MAX_STOPS = 5;
/** The longest answer of all models that think, where nothing is said. */
const USUAL_MAX_OUTPUT_TOKENS = 65_536;
const MAX_LOGPROBS = 20;

/** Take what is left out, and what is brought to what the model takes. */
interface Notes {
  readonly drop: Drop;
  readonly clamp: (name: 'reasoning') => void;
}

/** `generationConfig`, without what the model refuses. */
export function encodeConfig(
  request: CanonicalRequest,
  target: EncodeTarget,
  traits: ModelTraits,
  { drop, clamp }: Notes,
): WireGenerationConfig {
  const maxOutputTokens = maxTokens(request, target);
  const thinkingConfig = encodeThinking(request, maxOutputTokens ?? target.maxOutputTokens, traits, { drop, clamp });
  return {
    ...sampling(request, target, traits, drop),
    ...(maxOutputTokens === null ? {} : { maxOutputTokens }),
    ...stops(request, target, drop),
    ...logprobs(request, target, traits, drop),
    ...responseFormat(request, traits, drop),
    ...(thinkingConfig === null ? {} : { thinkingConfig }),
  };
}

function maxTokens(
  { maxOutputTokens: asked }: CanonicalRequest,
  { maxOutputTokens: most }: EncodeTarget,
): number | null {
  return asked === null || most === null ? asked : Math.min(asked, most);
}

function sampling(
  { sampling: wish }: CanonicalRequest,
  { quirks }: EncodeTarget,
  traits: ModelTraits,
  drop: Drop,
): WireGenerationConfig {
  const taken = (name: Parameters<Drop>[0], value: number | null, isKnown: boolean): value is number => {
    if (value === null) return false;
    const isTaken = isKnown && !quirks.refuses.includes(name);
    if (!isTaken) drop(name);
    return isTaken;
  };
  const { temperature, topP, topK, seed, presencePenalty, frequencyPenalty } = wish;
  const isFree = !traits.hasFixedSampling;
  return {
    ...(taken('temperature', temperature, isFree) ? { temperature } : {}),
    ...(taken('top_p', topP, isFree) ? { topP } : {}),
    ...(taken('top_k', topK, isFree) ? { topK } : {}),
    ...(taken('seed', seed, true) ? { seed } : {}),
    ...(taken('presence_penalty', presencePenalty, traits.takesPenalties) ? { presencePenalty } : {}),
    ...(taken('frequency_penalty', frequencyPenalty, traits.takesPenalties) ? { frequencyPenalty } : {}),
  };
}

function stops({ stop }: CanonicalRequest, { quirks }: EncodeTarget, drop: Drop): WireGenerationConfig {
  const wanted = stop.filter((text) => text !== '');
  const stopSequences = quirks.refuses.includes('stop') ? [] : wanted.slice(0, MAX_STOPS);
  if (stopSequences.length < wanted.length) drop('stop');
  return stopSequences.length === 0 ? {} : { stopSequences };
}

function logprobs(
  { logprobs: wish }: CanonicalRequest,
  { quirks }: EncodeTarget,
  traits: ModelTraits,
  drop: Drop,
): WireGenerationConfig {
  if (wish === null) return {};
  if (quirks.refuses.includes('logprobs') || (!traits.takesLogprobs && quirks.flavour !== 'google-cloud')) {
    drop('logprobs');
    return {};
  }
  return { responseLogprobs: true, ...(wish.top === 0 ? {} : { logprobs: Math.min(wish.top, MAX_LOGPROBS) }) };
}

/**
 * The form of the answer in words, where the model takes no field for it; `null`: it does, or there is none. Before the
 * third generation a JSON answer and functions exclude each other (400).
 */
export function formInWords({ output, tools }: CanonicalRequest, { isThird }: ModelTraits): string | null {
  const isRefused = !isThird && tools.some((tool) => tool.kind !== 'provider');
  return output !== null && isRefused ? formBesideTools(output) : null;
}

/** Words alone are no promise, which is why the field is named as well. */
function responseFormat(request: CanonicalRequest, traits: ModelTraits, drop: Drop): WireGenerationConfig {
  const { output } = request;
  if (output === null) return {};
  if (formInWords(request, traits) !== null) {
    drop('response_format');
    return {};
  }
  const responseMimeType = 'application/json';
  return output.kind === 'json'
    ? { responseMimeType }
    : { responseMimeType, responseJsonSchema: geminiSchema(output.schema) };
}

function encodeThinking(
  { reasoning: wish, extras }: CanonicalRequest,
  maxOutputTokens: number | null,
  { thinking }: ModelTraits,
  { drop, clamp }: Notes,
): WireThinkingConfig | null {
  if (wish === null) return null;
  const isAsked = wish.budgetTokens !== null || (wish.effort !== null && wish.effort !== 'none');
  if (thinking.by === 'nothing') {
    if (isAsked) drop('reasoning');
    return null;
  }
  const amount =
    thinking.by === 'level'
      ? levelOf(wish, thinking.levels)
      : budgetOf(wish, thinking, maxOutputTokens ?? USUAL_MAX_OUTPUT_TOKENS);
  if (wish.effort === 'none' && !canBeOff(thinking)) clamp('reasoning');
  // Other dialects have no word for it: who asks for thinking sees what comes.
  const isShown = wish.shown ?? (isAsked && extras.origin !== 'gemini' ? true : null);
  const config = { ...amount, ...(isShown === null ? {} : { includeThoughts: isShown }) };
  return Object.keys(config).length === 0 ? null : config;
}

/** The lowest level of those that have it is next to nothing, which is what Google's guide says of it. */
function canBeOff(thinking: Exclude<Thinking, { by: 'nothing' }>): boolean {
  return thinking.by === 'level' ? thinking.levels.includes('MINIMAL') : thinking.canBeOff;
}

function levelOf(wish: ReasoningWish, levels: readonly ThinkingLevel[]): WireThinkingConfig {
  const effort = wish.effort ?? (wish.budgetTokens === null ? null : effortOfBudget(wish.budgetTokens));
  if (effort === null) return {};
  const wanted: ThinkingLevel =
    effort === 'none' || effort === 'minimal'
      ? 'MINIMAL'
      : effort === 'low'
        ? 'LOW'
        : effort === 'medium'
          ? 'MEDIUM'
          : 'HIGH';
  const order: readonly ThinkingLevel[] = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];
  const next = order.slice(order.indexOf(wanted)).find((level) => levels.includes(level));
  return { thinkingLevel: next ?? 'HIGH' };
}

function budgetOf(
  wish: ReasoningWish,
  { least, most, canBeOff }: { readonly least: number; readonly most: number; readonly canBeOff: boolean },
  maxOutputTokens: number,
): WireThinkingConfig {
  if (wish.effort === 'none') return { thinkingBudget: canBeOff ? 0 : least };
  const wanted = wish.budgetTokens ?? (wish.effort === null ? null : budgetOfEffort(wish.effort, maxOutputTokens));
  // -1: as much as the model sees fit.
  if (wanted === null) return wish.shown === null ? { thinkingBudget: -1 } : {};
  return { thinkingBudget: Math.min(most, Math.max(least, wanted)) };
}
