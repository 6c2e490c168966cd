import type { ChatCompletion, ChatCompletionMessage } from 'openai/resources/chat/completions';
import type { ChatCompletionMessageToolCall, ChatCompletionTokenLogprob } from 'openai/resources/chat/completions';
import type { CanonicalAnswer, Finish, TokenLogprob } from '../../canonical/answer.ts';
import type { ImagePart, JsonObject, ToolCallPart } from '../../canonical/parts.ts';
import { dataUri } from '../data-uri.ts';
import type { AnswerContext } from '../dialect.ts';
import { annotationsOf } from './annotations.ts';
import { isLegacy } from './decode-tools.ts';
import { encodeUsage } from './encode-usage.ts';
import { detailsOfState } from './own-state.ts';
import { StateInIds } from './state-in-ids.ts';
import { blockOfThinking } from './thinking-blocks.ts';

type Message = Omit<ChatCompletionMessage, 'tool_calls'> & {
  tool_calls?: (ChatCompletionMessageToolCall & { extra_content?: JsonObject })[];
  /** The fields that servers agree on where OpenAI has none. */
  reasoning_content?: string;
  reasoning_details?: readonly JsonObject[];
  thinking_blocks?: readonly JsonObject[];
  images?: readonly JsonObject[];
};
type Choice = Omit<ChatCompletion.Choice, 'message'> & { message: Message | JsonObject; stop_reason?: string };

/** A whole answer. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): string {
  const isOld = isLegacy(context.body);
  const choice: Choice = {
    index: 0,
    message: encodeMessage(answer, isOld),
    logprobs: answer.logprobs === null ? null : { content: answer.logprobs.map(encodeLogprob), refusal: null },
    ...encodeFinish(answer.finish, isOld),
  };
  const usage = encodeUsage(answer.usage);
  const body: Omit<ChatCompletion, 'choices'> & { choices: Choice[] } = {
    id: answerId(context),
    object: 'chat.completion',
    created: Math.floor(context.createdAt / 1000),
    model: answer.model ?? context.model,
    choices: [choice],
    ...(usage === null ? {} : { usage }),
  };
  return JSON.stringify(body);
}

export function answerId({ exchangeId }: AnswerContext): string {
  return `chatcmpl-${exchangeId.replaceAll('-', '')}`;
}

/** Functions of old end with a word of their own; the sequence that ended the text is told as vLLM tells it. */
export function encodeFinish(
  finish: Finish | null,
  isOld: boolean,
): { readonly finish_reason: Finish['reason'] | 'function_call'; readonly stop_reason?: string } {
  const reason = finish?.reason ?? 'stop';
  const sequence = finish?.stopSequence ?? null;
  return {
    finish_reason: isOld && reason === 'tool_calls' ? 'function_call' : reason,
    ...(sequence === null ? {} : { stop_reason: sequence }),
  };
}

export function encodeLogprob({ token, logprob, bytes, top }: TokenLogprob): ChatCompletionTokenLogprob {
  return {
    token,
    logprob,
    bytes: bytes === null ? null : [...bytes],
    top_logprobs: top.map((other) => ({ ...other, bytes: other.bytes === null ? null : [...other.bytes] })),
  };
}

function encodeMessage(answer: CanonicalAnswer, isOld: boolean): Message | JsonObject {
  const parts = answer.content.map(({ part }) => part);
  const { text, annotations } = encodeTexts(answer);
  const refusal = refusalOf(answer);
  const calls = encodeCalls(answer);
  const thoughts = parts.filter((part) => part.type === 'reasoning');
  const thought = thoughts.map((part) => part.text).join('');
  const blocks = thoughts.map((part) => blockOfThinking(part.text, part.state)).filter((block) => block !== null);
  const details = thoughts.flatMap(({ state, text: of }) => (state === null ? [] : (detailsOfState(state, of) ?? [])));
  const images = parts.flatMap((part) => (part.type === 'image' ? encodeImage(part) : []));
  const [first] = calls;
  const message: Message = {
    role: 'assistant',
    content: text ?? (calls.length > 0 || refusal !== null ? null : ''),
    refusal,
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(thought === '' ? {} : { reasoning_content: thought }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(blocks.length === 0 ? {} : { thinking_blocks: blocks }),
    ...(images.length === 0 ? {} : { images }),
    ...(isOld || calls.length === 0 ? {} : { tool_calls: calls }),
  };
  return isOld && first?.type === 'function' ? { ...message, ...legacyCall(first.function) } : message;
}

/** How a call was written before there were tools; clients that know no better get one. */
export function legacyCall(called: { readonly name?: string; readonly arguments?: string }): JsonObject {
  return { function_call: called };
}

/** `text` is `null` where there is no text at all. */
function encodeTexts({ content }: CanonicalAnswer): {
  readonly text: string | null;
  readonly annotations: ChatCompletionMessage.Annotation[];
} {
  const texts: string[] = [];
  const annotations: ChatCompletionMessage.Annotation[] = [];
  let start = 0;
  for (const { part, citations } of content) {
    if (part.type !== 'text') continue;
    const end = start + part.text.length;
    texts.push(part.text);
    annotations.push(...annotationsOf(citations, { start, end }));
    start = end;
  }
  return { text: texts.length === 0 ? null : texts.join(''), annotations };
}

/** The model's words, or what the provider says about having held the answer back. */
function refusalOf({ content, finish }: CanonicalAnswer): string | null {
  const said = content.map(({ part }) => (part.type === 'refusal' ? part.text : '')).join('');
  if (said !== '') return said;
  return finish?.reason === 'content_filter' ? finish.detail : null;
}

function encodeCalls({ content }: CanonicalAnswer): NonNullable<Message['tool_calls']> {
  const states = new StateInIds();
  return content.flatMap(({ part }) => {
    if (part.type === 'reasoning' && part.state !== null) states.noteThoughts(part.state);
    return part.type === 'tool_call' ? [encodeCall(part, states)] : [];
  });
}

function encodeCall(call: ToolCallPart, states: StateInIds): NonNullable<Message['tool_calls']>[number] {
  const { id, extra } = states.take(call.id, call.state);
  if (call.kind === 'custom') return { id, type: 'custom', custom: { name: call.name, input: call.arguments } };
  return {
    id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
    ...(extra === null ? {} : { extra_content: extra }),
  };
}

/** OpenRouter's form of an image that the model made. */
function encodeImage({ source }: ImagePart): readonly JsonObject[] {
  return source.kind === 'base64' ? [imageOf(source.mediaType, source.data)] : [];
}

export function imageOf(mediaType: string, data: string): JsonObject {
  return { type: 'image_url', image_url: { url: dataUri(mediaType, data) } };
}
