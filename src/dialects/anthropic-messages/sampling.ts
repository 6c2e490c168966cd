import type { MessageCreateParamsBase } from '@anthropic-ai/sdk/resources/messages';
import type { CanonicalRequest, Sampling } from '../../canonical/request.ts';
import type { Writing } from './writing.ts';

/** The least `top_p` that is taken where the sampling is the model's own affair. */
const LEAST_FIXED_TOP_P = 0.99;
/** The least one together with thinking. */
const LEAST_THINKING_TOP_P = 0.95;

/** The SDK's type no longer has the first three: the newest models refuse them. All before 4.7 take them. */
interface SamplingFields extends Pick<MessageCreateParamsBase, 'stop_sequences'> {
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
}

/** What of the sampling the model takes; a value that means nothing but the default is never missed. */
export function encodeSampling(request: CanonicalRequest, isThinking: boolean, writing: Writing): SamplingFields {
  const { sampling } = request;
  noteUnsaid(sampling, writing);
  return {
    ...temperatureField(sampling, isThinking, writing),
    ...topPField(sampling, isThinking, writing),
    ...topKField(sampling, isThinking, writing),
    ...stopField(request.stop, writing),
  };
}

function noteUnsaid({ seed, frequencyPenalty, presencePenalty }: Sampling, { dropped }: Writing): void {
  if (seed !== null) dropped.add('seed');
  if (frequencyPenalty !== null && frequencyPenalty !== 0) dropped.add('frequency_penalty');
  if (presencePenalty !== null && presencePenalty !== 0) dropped.add('presence_penalty');
}

/** 0 to 1 here, 0 to 2 elsewhere: more than 1 is 1. */
function temperatureField({ temperature }: Sampling, isThinking: boolean, writing: Writing): SamplingFields {
  if (temperature === null) return {};
  const clamped = Math.min(1, Math.max(0, temperature));
  if (!refuses('temperature', isThinking, writing)) {
    if (clamped !== temperature) writing.clamped.add('temperature');
    return { temperature: clamped };
  }
  if (clamped !== 1) writing.dropped.add('temperature');
  return {};
}

/** Together with a temperature it is refused by most models; the temperature is what people mean. */
function topPField({ temperature, topP }: Sampling, isThinking: boolean, writing: Writing): SamplingFields {
  if (topP === null) return {};
  const { traits, target } = writing;
  const isBeside = temperature !== null && traits.sampling !== 'both';
  const isTaken = !isBeside && traits.sampling !== 'none' && !target.quirks.refuses.includes('top_p');
  if (isTaken && (!isThinking || topP >= LEAST_THINKING_TOP_P)) return { top_p: topP };
  if (topP < LEAST_FIXED_TOP_P) writing.dropped.add('top_p');
  return {};
}

function topKField({ topK }: Sampling, isThinking: boolean, writing: Writing): SamplingFields {
  if (topK === null) return {};
  if (!refuses('top_k', isThinking, writing)) return { top_k: topK };
  writing.dropped.add('top_k');
  return {};
}

function refuses(field: string, isThinking: boolean, { traits, target }: Writing): boolean {
  return traits.sampling === 'none' || isThinking || target.quirks.refuses.includes(field);
}

/** Sequences of white space alone are refused. */
function stopField(stop: readonly string[], { dropped, target }: Writing): SamplingFields {
  const taken = target.quirks.refuses.includes('stop') ? [] : stop.filter((sequence) => sequence.trim() !== '');
  if (taken.length < stop.length) dropped.add('stop');
  return taken.length === 0 ? {} : { stop_sequences: taken };
}
