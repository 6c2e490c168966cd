import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { DialectId } from '../../../src/canonical/dialect-id.ts';
import { textPart } from '../../../src/canonical/parts.ts';
import type { AssistantPart, ResultPart } from '../../../src/canonical/parts.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import type { CanonicalRequest, Message, ToolResult } from '../../../src/canonical/request.ts';
import { backOf } from '../../../src/dialects/faces.ts';
import { anthropicMessagesBack } from './backs/anthropic-messages.ts';
import type { DialectBack } from './backs/dialect-back.ts';
import { geminiBack } from './backs/gemini.ts';
import { ollamaBack } from './backs/ollama.ts';
import { openaiChatBack } from './backs/openai-chat.ts';
import { openaiResponsesBack } from './backs/openai-responses.ts';
import { CALLS, PICTURE, PICTURE_TYPE } from './scenario.ts';

// Three calls at once whose results show pictures, and a word of the user's behind them: every provider's own order of
// results, pictures and texts, as strictly as it reads them.

const BACKS: readonly (readonly [DialectId, string, DialectBack])[] = [
  ['openai-chat', 'gpt-4.1', openaiChatBack],
  ['openai-responses', 'gpt-4.1', openaiResponsesBack],
  ['anthropic-messages', 'claude-sonnet-4-5', anthropicMessagesBack],
  ['gemini', 'gemini-2.5-pro', geminiBack],
  ['gemini', 'gemini-3-flash-preview', geminiBack],
  ['ollama', 'qwen3-vl:8b', ollamaBack],
];

const picture: ResultPart = {
  type: 'image',
  source: { kind: 'base64', mediaType: PICTURE_TYPE, data: PICTURE.toString('base64') },
  detail: null,
  cache: null,
};
const RESULTS: readonly (readonly ResultPart[])[] = [[textPart('seen'), picture], [picture], [textPart('10:03')]];
const ASKED = { model: 'm', stream: false, prompt: '', thinks: false, showsThoughts: false, images: [], states: [] };

/** What the provider said, so that ids and signatures are its own. */
function answerOf(dialect: DialectId, back: DialectBack): readonly AssistantPart[] {
  const whole = back.whole(
    { thoughts: [], texts: ['I look.'], calls: CALLS, finish: 'tool_calls' },
    { ...ASKED, toolTurn: null },
  );
  const request = emptyRequest('m', dialect);
  const events = backOf(dialect).decodeAnswer(whole, { request, provider: 'fake', quirks: PLAIN_QUIRKS });
  if (events instanceof Error) throw events;
  return foldAnswer(events).content.map(({ part }) => part);
}

function conversation(dialect: DialectId, back: DialectBack, behind: readonly Message[]): CanonicalRequest {
  const content = answerOf(dialect, back);
  const calls = content.filter((part) => part.type === 'tool_call');
  const results = calls.map(({ id, name }, index): ToolResult => ({
    callId: id,
    name,
    content: RESULTS[index] ?? [],
    isError: null,
    cache: null,
  }));
  const tools = [...new Set(calls.map(({ name }) => name))].map((name) => {
    const parameters = { type: 'object', properties: {} };
    return {
      kind: 'function',
      name,
      description: null,
      parameters,
      strict: null,
      namespace: null,
      cache: null,
    } as const;
  });
  const messages: readonly Message[] = [
    { role: 'user', content: [textPart('Look.')] },
    { role: 'assistant', content },
    { role: 'tool', results },
    ...behind,
  ];
  return { ...emptyRequest('m', dialect), messages, tools };
}

describe.each(BACKS)('%s, %s: pictures in the results of calls that were made at once', (dialect, model, back) => {
  it.each<[string, readonly Message[]]>([
    ['at the end', []],
    ['before what the user says', [{ role: 'user', content: [textPart('And now?')] }]],
  ])('%s', (_where, behind) => {
    const limits = { maxOutputTokens: 1_000, contextTokens: null, loadedContextTokens: null };
    const { encodeRequest, pathOf } = backOf(dialect);
    const target = { model, quirks: PLAIN_QUIRKS, ...limits };
    const { body, dropped } = encodeRequest(conversation(dialect, back, behind), target);
    const written = JSON.stringify(body);
    expect(dropped).toEqual([]);
    expect(written.split(PICTURE.toString('base64'))).toHaveLength(3);
    const asked = back.read({ url: `${back.basePath}${pathOf(model, false)}`, body: JSON.parse(written) });
    expect(asked.prompt).toBe('Look.');
    if (behind.length === 0 && asked.toolTurn !== null) expect(asked.toolTurn.results).toHaveLength(3);
  });
});
