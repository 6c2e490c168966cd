import { COUNTED } from '../scenario.ts';
import type { Asked, Played, PlayedCall, PlayedFinish, SeenImage, ToolTurn } from '../scenario.ts';
import type { Arrived, DialectBack } from './dialect-back.ts';
import { Refusal, refuseUnless } from './dialect-back.ts';
import { bytesOf } from './reading.ts';
import { readStrictly, z } from './strict-body.ts';

/** What Gemini signs the first call of a turn with. */
export const CALL_SIGNATURE = 'CikBfake+thought/signature=of==';

/** Gemini's generateContent (its reference, August 2026) with a model of the third generation. */
export const geminiBack: DialectBack = {
  basePath: '/v1beta',
  streamType: 'text/event-stream',
  read,
  whole: (played, asked) => answerOf(partsOf(played, asked.stream), FINISH_REASONS[played.finish], asked),
  stream,
  failure: (failure, message) => {
    switch (failure) {
      case 'rate-limited':
        return { status: 429, body: error(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.') };
      case 'overflow':
        return {
          status: 400,
          body: error(
            400,
            'INVALID_ARGUMENT',
            'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
          ),
        };
      case 'overloaded':
        return { status: 503, body: error(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.') };
      case 'malformed':
        return { status: 400, body: error(400, 'INVALID_ARGUMENT', message) };
    }
  },
  failureInStream: (failure) =>
    event(
      failure === 'overloaded'
        ? error(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.')
        : error(500, 'INTERNAL', 'An internal error has occurred.'),
    ),
};

const calling = z.strictObject({
  id: z.string().optional(),
  name: z.string().regex(/^[A-Za-z_][\w.:-]{0,63}$/),
  args: z.record(z.string(), z.unknown()).optional(),
});
const INSIDE = ['image/png', 'image/jpeg', 'image/webp', 'application/pdf', 'text/plain'] as const;
const responding = z.strictObject({
  id: z.string().optional(),
  name: z.string(),
  response: z.record(z.string(), z.unknown()),
  /** Of Gemini 3 (ai.google.dev/gemini-api/docs/function-calling). */
  parts: z
    .array(z.strictObject({ inlineData: z.strictObject({ mimeType: z.enum(INSIDE), data: z.string() }) }))
    .min(1)
    .optional(),
});
const part = z
  .strictObject({
    text: z.string().optional(),
    thought: z.boolean().optional(),
    thoughtSignature: z.string().optional(),
    inlineData: z.strictObject({ mimeType: z.string(), data: z.string() }).optional(),
    functionCall: calling.optional(),
    functionResponse: responding.optional(),
  })
  .refine(
    (one) =>
      [one.text, one.inlineData, one.functionCall, one.functionResponse].filter((data) => data !== undefined).length ===
      1,
    'required oneof field `data` must have one initialized field',
  );
const content = z.strictObject({ role: z.enum(['user', 'model']).optional(), parts: z.array(part).min(1) });
const schema = z.strictObject({
  contents: z.array(content).min(1),
  systemInstruction: z.strictObject({ role: z.string().optional(), parts: z.array(part) }).optional(),
  generationConfig: z
    .strictObject({
      temperature: z.number().optional(),
      topP: z.number().optional(),
      topK: z.number().optional(),
      seed: z.int().optional(),
      maxOutputTokens: z.int().positive().optional(),
      stopSequences: z.array(z.string()).max(5).optional(),
      candidateCount: z.literal(1).optional(),
      thinkingConfig: z
        .strictObject({
          includeThoughts: z.boolean().optional(),
          /** Vercel's SDK writes it small, which the API takes. */
          thinkingLevel: z.enum(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH', 'minimal', 'low', 'medium', 'high']).optional(),
          thinkingBudget: z.int().optional(),
        })
        .refine(
          (wish) => wish.thinkingLevel === undefined || wish.thinkingBudget === undefined,
          'You can only set only one of thinking budget and thinking level.',
        )
        .optional(),
    })
    .optional(),
  tools: z
    .array(
      z.strictObject({
        functionDeclarations: z.array(
          z
            .strictObject({
              name: z.string().regex(/^[A-Za-z_][\w.:-]{0,63}$/),
              description: z.string().optional(),
              parameters: z.looseObject({ type: z.enum(['OBJECT', 'object']) }).optional(),
              parametersJsonSchema: z.looseObject({ type: z.literal('object') }).optional(),
            })
            .refine((tool) => tool.parameters === undefined || tool.parametersJsonSchema === undefined),
        ),
      }),
    )
    .optional(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z.strictObject({
        mode: z.enum(['AUTO', 'ANY', 'NONE', 'VALIDATED']),
        allowedFunctionNames: z.array(z.string()).optional(),
      }),
    })
    .optional(),
  safetySettings: z.array(z.unknown()).optional(),
});
type Content = z.infer<typeof content>;
type Part = z.infer<typeof part>;

const PATH = /^\/v1beta\/models\/([^/:]+):(generateContent|streamGenerateContent\?alt=sse)$/;

function read({ url, body }: Arrived): Asked {
  const [, model, method] = PATH.exec(url) ?? [];
  if (model === undefined) throw new Refusal(`no such path: ${url}`);
  const asked = readStrictly(schema, body);
  const users = asked.contents.filter(({ role }) => role !== 'model');
  refuseUnless(asked.contents[0]?.role !== 'model', 'Please ensure that the first content has the role user.');
  const wish = asked.generationConfig?.thinkingConfig;
  const stream = method !== 'generateContent';
  return {
    model,
    stream,
    prompt: (users[0]?.parts ?? []).map(({ text }) => text ?? '').join(''),
    // The model always thinks; a level says how much.
    thinks: wish?.thinkingLevel !== undefined,
    showsThoughts: wish?.includeThoughts === true,
    images: users.flatMap(({ parts }) => parts).flatMap(imageOf),
    toolTurn: lastToolTurn(asked.contents, stream),
    states: asked.contents.flatMap(({ parts }) => parts).flatMap(stateOf),
  };
}

function imageOf({ inlineData }: Part): SeenImage[] {
  return inlineData === undefined ? [] : [{ mediaType: inlineData.mimeType, bytes: bytesOf(inlineData.data) }];
}

function stateOf({ thoughtSignature }: Part): string[] {
  if (thoughtSignature === undefined) return [];
  refuseUnless(thoughtSignature === CALL_SIGNATURE, 'Corrupted thought signature.');
  return [thoughtSignature];
}

/** As many responses as calls, right behind them; the first call of a turn carries its signature. */
function lastToolTurn(contents: readonly Content[], hasIds: boolean): ToolTurn | null {
  let open: readonly Part[] = [];
  let turn: ToolTurn | null = null;
  for (const { role, parts } of merged(contents)) {
    if (role === 'model') {
      open = parts.filter(({ functionCall }) => functionCall !== undefined);
      checkSignature(open);
      turn = null;
      continue;
    }
    const responses = parts.flatMap(({ functionResponse }) =>
      functionResponse === undefined ? [] : [functionResponse],
    );
    refuseUnless(
      responses.length === open.length,
      'Please ensure that the number of function response parts is equal to the number of function call parts.',
    );
    turn = open.length === 0 ? null : answered(open, responses, hasIds);
    open = [];
  }
  refuseUnless(open.length === 0, 'Please ensure that function call turn comes before a function response turn.');
  return turn;
}

/** Its own SDK writes each piece of a streamed answer into the history as a content of its own. */
function merged(contents: readonly Content[]): Content[] {
  const turns: Content[] = [];
  for (const one of contents) {
    const last = turns.at(-1);
    if (last === undefined || (last.role === 'model') !== (one.role === 'model')) turns.push({ ...one });
    else last.parts = [...last.parts, ...one.parts];
  }
  return turns;
}

function checkSignature(calls: readonly Part[]): void {
  const [first] = calls;
  if (first === undefined) return;
  refuseUnless(
    first.thoughtSignature !== undefined,
    'Function call is missing a thought_signature in functionCall parts.',
  );
}

/** By their ids, else by their order. Where it gave ids they have to come back; elsewhere clients may make some. */
function answered(parts: readonly Part[], responses: readonly z.infer<typeof responding>[], hasIds: boolean): ToolTurn {
  const calls = parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall]));
  const results = calls.map(({ id, name }, index) => {
    refuseUnless(!hasIds || id === idOf(index), `this is not the id of the call: ${id ?? ''}`);
    const response = id === undefined ? responses[index] : responses.find((one) => one.id === id);
    refuseUnless(response?.name === name, `no response for ${name} (${id ?? 'no id'})`);
    return resultOf(response.response);
  });
  return { calls: calls.map(({ name, args }) => ({ name, arguments: args ?? {} })), results };
}

/** "Use `output` key to specify function output" (API reference, FunctionResponse); `@ai-sdk/google` uses `content`. */
function resultOf(response: Readonly<Record<string, unknown>>): string {
  const { output, content = output } = response;
  const others = Object.keys(response).filter((key) => !['output', 'content', 'name'].includes(key));
  return typeof content === 'string' && others.length === 0 ? content : JSON.stringify(response);
}

function idOf(index: number): string {
  return `fc-${index}-8sdfk`;
}

const USAGE = {
  promptTokenCount: COUNTED.input,
  cachedContentTokenCount: COUNTED.cacheRead,
  candidatesTokenCount: COUNTED.output - COUNTED.reasoning,
  thoughtsTokenCount: COUNTED.reasoning,
  totalTokenCount: COUNTED.input + COUNTED.output,
};

const FINISH_REASONS: Readonly<Record<PlayedFinish, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
};

/** `hasIds`: AI Studio often gives none; here streams have them and whole answers have not. */
function partsOf({ thoughts, texts, calls }: Played, hasIds: boolean): readonly object[] {
  return [
    ...thoughts.map((text) => ({ text, thought: true })),
    ...texts.map((text) => ({ text })),
    ...calls.map((call, index) => callPart(call, index, hasIds)),
  ];
}

function callPart({ name, arguments: args }: PlayedCall, index: number, hasIds: boolean): object {
  const functionCall = { ...(hasIds ? { id: idOf(index) } : {}), name, args };
  return index === 0 ? { functionCall, thoughtSignature: CALL_SIGNATURE } : { functionCall };
}

function answerOf(parts: readonly object[], finishReason: string | null, { model }: Asked): object {
  const candidate = { content: { role: 'model', parts }, index: 0 };
  return {
    candidates: [finishReason === null ? candidate : { ...candidate, finishReason }],
    usageMetadata: finishReason === null ? { promptTokenCount: COUNTED.input, totalTokenCount: COUNTED.input } : USAGE,
    modelVersion: model,
    responseId: 'resp-fake-1',
  };
}

function stream(played: Played, asked: Asked): readonly string[] {
  const parts = partsOf(played, asked.stream);
  return parts.map((one, index) => {
    const isLast = index === parts.length - 1;
    return event(answerOf([one], isLast ? FINISH_REASONS[played.finish] : null, asked));
  });
}

function error(code: number, status: string, message: string): object {
  return { error: { code, message, status } };
}

function event(value: object): string {
  return `data: ${JSON.stringify(value)}\r\n\r\n`;
}
