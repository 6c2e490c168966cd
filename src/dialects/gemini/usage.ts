import type { JsonObject } from '../../canonical/parts.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';
import type { WireModality, WireUsage } from './wire.ts';

/**
 * `usageMetadata`; `null`: it says nothing usable. Facts: `promptTokenCount` contains what came from a cache and not
 * what tools put into the prompt; `candidatesTokenCount` does not contain thoughts (the reference has the total as the
 * sum of all four), but some models of Vertex AI have counted them in, which the total shows.
 */
export function decodeUsage(value: unknown): Usage | null {
  if (!isObject(value)) return null;
  const prompt = count(value['promptTokenCount']);
  const candidates = count(value['candidatesTokenCount']);
  const thoughts = count(value['thoughtsTokenCount']);
  const total = count(value['totalTokenCount']);
  const forTools = count(value['toolUsePromptTokenCount']) ?? 0;
  if (prompt === null && candidates === null && total === null) return null;
  const input = prompt === null ? null : prompt + forTools;
  const output = outputOf(input, candidates, thoughts, total);
  const promptParts = [...details(value, 'promptTokensDetails'), ...details(value, 'toolUsePromptTokensDetails')];
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: partOf(input, count(value['cachedContentTokenCount'])),
    cacheWrite5mTokens: null,
    cacheWrite1hTokens: null,
    inputAudioTokens: partOf(input, ofModality(promptParts, 'AUDIO')),
    outputAudioTokens: partOf(output, ofModality(details(value, 'candidatesTokensDetails'), 'AUDIO')),
    imageTokens: partOf(input, ofModality(promptParts, 'IMAGE')),
    reasoningTokens: partOf(output, thoughts),
  };
}

function outputOf(
  input: number | null,
  candidates: number | null,
  thoughts: number | null,
  total: number | null,
): number | null {
  if (candidates === null) {
    if (thoughts !== null) return thoughts;
    return input !== null && total !== null && total >= input ? total - input : null;
  }
  const isCountedIn = thoughts !== null && thoughts > 0 && input !== null && total === input + candidates;
  return isCountedIn ? candidates : candidates + (thoughts ?? 0);
}

function details(usage: JsonObject, key: string): readonly JsonObject[] {
  const list = usage[key];
  return Array.isArray(list) ? (list as unknown[]).filter(isObject) : [];
}

/** `null`: no such tokens are named. */
function ofModality(list: readonly JsonObject[], modality: string): number | null {
  const counts = list.filter((one) => one['modality'] === modality).map((one) => count(one['tokenCount']) ?? 0);
  return counts.length === 0 ? null : counts.reduce((sum, one) => sum + one, 0);
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function partOf(whole: number | null, part: number | null): number | null {
  return whole === null || part === null || part > whole ? null : part;
}

/** `usageMetadata` of an answer to a client of Gemini's. */
export function encodeUsage(usage: Usage): WireUsage {
  const { inputTokens, outputTokens, reasoningTokens, cacheReadTokens, inputAudioTokens, imageTokens } = usage;
  const candidates = outputTokens === null ? null : outputTokens - (reasoningTokens ?? 0);
  const wire: WireUsage = {};
  if (inputTokens !== null) {
    wire.promptTokenCount = inputTokens;
    const details = modalities(inputTokens, inputAudioTokens, imageTokens);
    if (details !== null) wire.promptTokensDetails = details;
  }
  if (candidates !== null) wire.candidatesTokenCount = candidates;
  if (usage.outputAudioTokens !== null && candidates !== null) {
    wire.candidatesTokensDetails = modalities(candidates, usage.outputAudioTokens, null) ?? [];
  }
  if (reasoningTokens !== null) wire.thoughtsTokenCount = reasoningTokens;
  if (cacheReadTokens !== null) wire.cachedContentTokenCount = cacheReadTokens;
  if (inputTokens !== null || outputTokens !== null) wire.totalTokenCount = (inputTokens ?? 0) + (outputTokens ?? 0);
  return wire;
}

/** `null` where nobody told tokens apart. */
function modalities(whole: number, audio: number | null, image: number | null): WireModality[] | null {
  if (audio === null && image === null) return null;
  const text = Math.max(0, whole - (audio ?? 0) - (image ?? 0));
  const list: WireModality[] = [{ modality: 'TEXT', tokenCount: text }];
  if (audio !== null) list.push({ modality: 'AUDIO', tokenCount: audio });
  if (image !== null) list.push({ modality: 'IMAGE', tokenCount: image });
  return list;
}
