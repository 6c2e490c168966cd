import type { ChatCompletionAssistantMessageParam } from 'openai/resources/chat/completions';
import type { ChatCompletionMessageToolCall } from 'openai/resources/chat/completions';
import type { AssistantPart, JsonObject, ReasoningPart, TextPart, ToolCallPart } from '../../canonical/parts.ts';
import type { EncodeTarget } from '../dialect.ts';
import { openAiModel } from '../openai-models.ts';
import type { ToolNames } from '../tool-names.ts';
import { sentCallId } from './call-ids.ts';
import { encodeTexts } from './encode-parts.ts';
import { knowsCustomTools } from './models.ts';
import { detailsOfState, extraOfState } from './own-state.ts';

type Said = Omit<ChatCompletionAssistantMessageParam, 'tool_calls' | 'content'> & {
  content: NonNullable<ChatCompletionAssistantMessageParam['content']> | null;
  tool_calls?: (ChatCompletionMessageToolCall & { extra_content?: JsonObject })[];
  /** DeepSeek, Moonshot: what was thought before the calls. */
  reasoning_content?: string;
  /** OpenRouter: what is bound to the model. */
  reasoning_details?: readonly JsonObject[];
};

/** `null`: nothing of it can be said here. */
export function encodeAssistant(
  parts: readonly AssistantPart[],
  target: EncodeTarget,
  names: ToolNames,
): JsonObject | null {
  const calls = parts.filter((part) => part.type === 'tool_call');
  const texts = parts.filter((part) => part.type === 'text');
  const refusal = parts.map((part) => (part.type === 'refusal' ? part.text : '')).join('');
  const foreign = parts.flatMap((part) => (isOwnField(part) ? [part.value] : []));
  const content = texts.length === 0 ? null : encodeSaid(texts, target);
  const isEmpty = content === null && calls.length === 0 && refusal === '' && foreign.length === 0;
  if (isEmpty && parts.length > 0) return null;
  const said: Said = {
    role: 'assistant',
    content: isEmpty ? '' : content,
    ...(refusal === '' ? {} : { refusal }),
    ...encodeThoughts(parts, calls, target),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => encodeCall(call, target, names)) }),
  };
  return Object.assign({}, ...foreign, said) as JsonObject;
}

/** Pieces of one text (citations cut it in mid-sentence) are put together without a gap. */
function encodeSaid(texts: readonly TextPart[], target: EncodeTarget): Said['content'] {
  const isMarked = target.quirks.cacheMarks && texts.some(({ cache }) => cache !== null);
  return isMarked ? encodeTexts(texts, target) : texts.map(({ text }) => text).join('');
}

/** Fields of a message that have no place in the canonical one (`audio: {id}`). Parts of content have a type. */
function isOwnField(part: AssistantPart): part is Extract<AssistantPart, { type: 'foreign' }> {
  return part.type === 'foreign' && part.origin === 'openai-chat' && part.value['type'] === undefined;
}

function encodeThoughts(
  parts: readonly AssistantPart[],
  calls: readonly ToolCallPart[],
  { quirks }: EncodeTarget,
): Pick<Said, 'reasoning_content' | 'reasoning_details'> {
  const thoughts = parts.filter((part) => part.type === 'reasoning');
  const text = thoughts.map((thought) => thought.text).join('');
  const details = quirks.reasoning === 'reasoning-object' ? detailsOf(thoughts, calls, text) : [];
  return {
    // Where thoughts must come back, calls without the field are refused (DeepSeek, Moonshot); from clients that keep
    // no thoughts (Gemini CLI) it is empty, which is taken (deepseek-ai/deepseek-harness, discussion 739).
    ...(quirks.echoesReasoning && calls.length > 0 ? { reasoning_content: text } : {}),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  };
}

/** A client that has no place for the state of thoughts has sent it back with the call behind them. */
function detailsOf(thoughts: readonly ReasoningPart[], calls: readonly ToolCallPart[], text: string): JsonObject[] {
  const ofThoughts = thoughts.flatMap((part) =>
    part.state === null ? [] : (detailsOfState(part.state, part.text) ?? []),
  );
  if (ofThoughts.length > 0) return ofThoughts;
  return calls.flatMap(({ state }) => (state === null ? [] : (detailsOfState(state, text) ?? [])));
}

function encodeCall(
  call: ToolCallPart,
  target: EncodeTarget,
  names: ToolNames,
): NonNullable<Said['tool_calls']>[number] {
  const id = sentCallId(call.id, target.quirks.shortToolIds);
  const name = names.sent(call.name);
  if (call.kind === 'custom' && knowsCustomTools(target.model)) {
    return { id, type: 'custom', custom: { name, input: call.arguments } };
  }
  const text = call.kind === 'custom' ? JSON.stringify({ input: call.arguments }) : call.arguments;
  const extra = openAiModel(target.model).kind === 'unknown' ? extraOfState(call.state) : null;
  return {
    id,
    type: 'function',
    function: { name, arguments: text },
    ...(extra === null ? {} : { extra_content: extra }),
  };
}
