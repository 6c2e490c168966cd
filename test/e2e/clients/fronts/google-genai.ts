import { ApiError, GoogleGenAI, ThinkingLevel } from '@google/genai';
import type { Chat, GenerateContentConfig, GenerateContentResponse, Part } from '@google/genai';
import type { Access, Client, Conversation, Failure, How, Question, Said } from './client.ts';
import { TOOLS } from './tools.ts';

/** `@google/genai`, whose chat keeps the history. */
export const googleGenaiClient: Client = {
  name: '@google/genai',
  dialect: 'gemini',
  finishes: { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP', content_filter: 'SAFETY' },
  counts: { cacheRead: true, reasoning: true },
  asksToSee: true,
  open,
  failureOf,
};

function failureOf(error: unknown): Failure | null {
  return error instanceof ApiError ? { status: error.status, message: error.message } : null;
}

function open({ origin, key, model, fetch }: Access): Conversation {
  const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: origin, fetch } });
  const chat = google.chats.create({ model });
  let last: Said | null = null;
  const send = async (message: Part[], how: How): Promise<Said> => {
    const asked = { message, config: configOf(how) };
    last = saidOf(how.stream ? await streamed(chat, asked, how) : [await chat.sendMessage(asked)]);
    return last;
  };
  return {
    ask: (question, how) => send(partsOf(question), how),
    answer: (results, how) => {
      const parts = (last?.calls ?? []).map(({ id, name }, index) => {
        const response = { output: results[index] ?? '' };
        return { functionResponse: { ...(id === null ? {} : { id }), name, response } };
      });
      return send(parts, how);
    },
  };
}

function configOf({ tools, thinks, signal }: How): GenerateContentConfig {
  return {
    ...(tools === true ? { tools: [{ functionDeclarations: TOOLS.map(declarationOf) }] } : {}),
    ...(thinks === true ? { thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.MEDIUM } } : {}),
    ...(signal === undefined ? {} : { abortSignal: signal }),
  };
}

function declarationOf({ name, description, schema }: (typeof TOOLS)[number]) {
  return { name, description, parametersJsonSchema: { ...schema } };
}

async function streamed(
  chat: Chat,
  asked: { message: Part[]; config: GenerateContentConfig },
  how: How,
): Promise<GenerateContentResponse[]> {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await chat.sendMessageStream(asked)) {
    chunks.push(chunk);
    if (partsIn(chunk).some(isText)) how.onText?.();
  }
  return chunks;
}

function partsIn({ candidates }: GenerateContentResponse): readonly Part[] {
  return candidates?.[0]?.content?.parts ?? [];
}

function isText({ text, thought }: Part): boolean {
  return text !== undefined && thought !== true;
}

function partsOf({ text, image }: Question): Part[] {
  if (image === undefined) return [{ text }];
  return [{ text }, { inlineData: { mimeType: image.mediaType, data: image.bytes.toString('base64') } }];
}

function saidOf(chunks: readonly GenerateContentResponse[]): Said {
  const parts = chunks.flatMap(partsIn);
  const usage = chunks.findLast(({ usageMetadata }) => usageMetadata !== undefined)?.usageMetadata;
  const reasoning = usage?.thoughtsTokenCount ?? null;
  const finish = chunks.map(({ candidates }) => candidates?.[0]?.finishReason).findLast((word) => word !== undefined);
  return {
    text: parts.map((part) => (isText(part) ? (part.text ?? '') : '')).join(''),
    thought: parts.map(({ text, thought }) => (thought === true ? (text ?? '') : '')).join(''),
    calls: parts.flatMap(({ functionCall: call }) => {
      return call === undefined ? [] : [{ id: call.id ?? null, name: call.name ?? '', arguments: call.args ?? {} }];
    }),
    finish: finish ?? null,
    usage: {
      input: usage?.promptTokenCount ?? null,
      // Its candidates do not count what was thought.
      output: usage?.candidatesTokenCount === undefined ? null : usage.candidatesTokenCount + (reasoning ?? 0),
      cacheRead: usage?.cachedContentTokenCount ?? null,
      reasoning,
    },
  };
}
