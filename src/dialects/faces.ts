import type { DialectId } from '../canonical/dialect-id.ts';
import { anthropicMessages, countTokensBody } from './anthropic-messages/index.ts';
import { bedrockConverse } from './bedrock-converse/index.ts';
import type { Back, Dialect } from './dialect.ts';
import type { BodyRules, Face } from './face.ts';
import { countBodyWithModel, countTokensAnswer, countTokensRequest } from './gemini/count-tokens.ts';
import { gemini } from './gemini/index.ts';
import { decodeRequest as decodeGemini } from './gemini/decode-request.ts';
import { encodeArrayStream } from './gemini/encode-stream.ts';
import { ollama } from './ollama/index.ts';
import { methodPath } from './gemini/path.ts';
import { ollamaGenerate, ollamaGenerateBack } from './ollama/generate.ts';
import { completions } from './openai-chat/completions.ts';
import { isLoadRequest, loadAnswer } from './ollama/load.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

/** Every dialect. A further one is a folder, and a line here. */
const DIALECTS: readonly Dialect[] = [openaiChat, openaiResponses, anthropicMessages, gemini, ollama, bedrockConverse];

const BACKS = new Map(DIALECTS.map(({ id, back }) => [id, back]));

/** How upstreams of a dialect are spoken to. */
export function backOf(id: DialectId): Back {
  const back = BACKS.get(id);
  if (back === undefined) throw new Error(`the dialect ${id} is in no table`);
  return back;
}

/** The same for a prompt that is no conversation: Ollama has an endpoint for it, others take it for a chat. */
export function completionBackOf(id: DialectId): Back {
  return id === ollama.id ? ollamaGenerateBack : backOf(id);
}

/** Most endpoints are none of these. */
const PLAIN = { embedding: null, relay: null, withModel: null, countAnswer: null, answerWithout: null } as const;

export const inBody = (field: string | null, isList: boolean, whenAbsent = false): BodyRules => ({
  model: 'body',
  stream: { whenAbsent },
  needed: field === null ? null : { field, isList },
});

export const CHAT_FACE: Face = {
  ...PLAIN,
  name: 'chat/completions',
  dialect: 'openai-chat',
  task: 'chat',
  front: openaiChat.front,
  pathOf: () => '/chat/completions',
  body: inBody('messages', true),
  requestIdHeader: 'x-request-id',
};

/** Cursor posts bodies of the Responses API to `/v1/chat/completions`, and reads the answer of chat completions. */
export const RESPONSES_AS_CHAT_FACE: Face = {
  ...CHAT_FACE,
  front:
    openaiChat.front === null || openaiResponses.front === null
      ? null
      : {
          ...openaiChat.front,
          decodeRequest: openaiResponses.front.decodeRequest,
        },
  pathOf: null,
  body: inBody('input', false),
};

export const COMPLETIONS_FACE: Face = {
  ...CHAT_FACE,
  name: 'completions',
  task: 'completion',
  front: completions,
  pathOf: () => '/completions',
  body: inBody('prompt', false),
};

export const RESPONSES_FACE: Face = {
  ...PLAIN,
  name: 'responses',
  dialect: 'openai-responses',
  task: 'chat',
  front: openaiResponses.front,
  pathOf: () => '/responses',
  body: inBody(null, false),
  requestIdHeader: 'x-request-id',
};

/** The prompt's tokens alone (`resources/responses/input-tokens.d.ts` of OpenAI's SDK). */
export const COUNT_RESPONSES_FACE: Face = {
  ...RESPONSES_FACE,
  name: 'responses/input_tokens',
  pathOf: () => '/responses/input_tokens',
  countAnswer: (tokens) => JSON.stringify({ object: 'response.input_tokens', input_tokens: tokens }),
  body: { ...inBody(null, false), stream: 'never' },
};

export const MESSAGES_FACE: Face = {
  ...PLAIN,
  name: 'messages',
  dialect: 'anthropic-messages',
  task: 'chat',
  front: anthropicMessages.front,
  pathOf: () => '/messages',
  body: inBody('messages', true),
  requestIdHeader: 'request-id',
};

/** Claude Code asks it before it sends a long conversation. */
export const COUNT_MESSAGES_FACE: Face = {
  ...MESSAGES_FACE,
  name: 'messages/count_tokens',
  pathOf: () => '/messages/count_tokens',
  countAnswer: (tokens) => JSON.stringify(countTokensBody(tokens)),
  body: { ...inBody('messages', true), stream: 'never' },
};

/** Answers whole, or in server-sent events. */
export const GEMINI_FACE: Face = {
  ...PLAIN,
  name: 'generateContent',
  dialect: 'gemini',
  task: 'chat',
  front: gemini.front,
  pathOf: gemini.back.pathOf,
  body: { model: 'path', stream: 'path', needed: { field: 'contents', isList: false } },
  requestIdHeader: 'x-request-id',
};

/** Without `alt=sse` a stream is one JSON array, which upstreams are not asked for. */
export const GEMINI_ARRAY_FACE: Face = {
  ...GEMINI_FACE,
  front:
    gemini.front === null
      ? null
      : {
          ...gemini.front,
          encodeStream: encodeArrayStream,
          streamContentType: 'application/json; charset=utf-8',
        },
  pathOf: null,
};

export const COUNT_GEMINI_FACE: Face = {
  ...GEMINI_FACE,
  name: 'countTokens',
  front:
    gemini.front === null
      ? null
      : {
          ...gemini.front,
          decodeRequest: (body, asked) => decodeGemini(countTokensRequest(body), asked),
        },
  pathOf: (model) => methodPath(model, 'countTokens'),
  withModel: countBodyWithModel,
  countAnswer: countTokensAnswer,
  body: { model: 'path', stream: 'never', needed: null },
};

export const OLLAMA_CHAT_FACE: Face = {
  ...PLAIN,
  name: 'api/chat',
  dialect: 'ollama',
  task: 'chat',
  front: ollama.front,
  pathOf: () => '/api/chat',
  answerWithout: loadAnswerOf('chat'),
  body: inBody(null, false, true),
  requestIdHeader: 'x-request-id',
};

export const OLLAMA_GENERATE_FACE: Face = {
  ...OLLAMA_CHAT_FACE,
  name: 'api/generate',
  front: ollamaGenerate,
  pathOf: () => '/api/generate',
  answerWithout: loadAnswerOf('generate'),
};

function loadAnswerOf(endpoint: 'chat' | 'generate'): Face['answerWithout'] {
  return (body, { model, createdAt }) =>
    isLoadRequest(body) ? loadAnswer(model, { endpoint, body, createdAt }) : null;
}
