import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectId } from '../../../src/canonical/dialect-id.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import type { Usage } from '../../../src/canonical/usage.ts';
import { KEY } from '../../helpers/test-server.ts';
import { CACHE_WRITTEN, THINKING_SIGNATURE } from './backs/anthropic-messages.ts';
import { CALL_SIGNATURE } from './backs/gemini.ts';
import { ENCRYPTED_THOUGHT } from './backs/openai-responses.ts';
import { CLIENTS, KEEPING_CLIENTS } from './clients.ts';
import { RETRY_AFTER_SECONDS } from './fake-backs.ts';
import type { Client, Failure, Said } from './fronts/client.ts';
import { BACKS, costOf, setMatrixStage } from './matrix-stage.ts';
import type { BackRow, Stage } from './matrix-stage.ts';
import {
  CALLS,
  COUNTED,
  PICTURE,
  PICTURE_TEXT,
  PICTURE_TYPE,
  promptOf,
  RESULTS,
  TEXT,
  THOUGHT,
  TOOL_INTRODUCTION,
  toolResultText,
} from './scenario.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setMatrixStage();
});
afterAll(() => stage.close());

/** Until a call that nobody waits for any more is stopped at its upstream, in milliseconds. */
const STOPPED_WITHIN_MS = 1_000;

/** What the ledger has to book for every answer of a provider. */
const BOOKED: Readonly<Record<BackRow['dialect'], Usage>> = {
  'openai-chat': usage({ inputAudioTokens: 0, outputAudioTokens: 0 }),
  'openai-responses': usage({}),
  'anthropic-messages': usage({ cacheWrite5mTokens: CACHE_WRITTEN, cacheWrite1hTokens: 0 }),
  gemini: usage({}),
  ollama: { ...UNKNOWN_USAGE, inputTokens: COUNTED.input, outputTokens: COUNTED.output },
};

function usage(more: Partial<Usage>): Usage {
  return {
    ...UNKNOWN_USAGE,
    inputTokens: COUNTED.input,
    outputTokens: COUNTED.output,
    cacheReadTokens: COUNTED.cacheRead,
    reasoningTokens: COUNTED.reasoning,
    ...more,
  };
}

/** What has to come back to a provider with the results of its calls. */
const STATES: Readonly<Record<BackRow['dialect'], readonly string[]>> = {
  'openai-chat': [],
  'openai-responses': [ENCRYPTED_THOUGHT],
  'anthropic-messages': [THINKING_SIGNATURE],
  gemini: [CALL_SIGNATURE],
  ollama: [],
};

/** How a provider that has too much to do is told to a client; none but Anthropic's own SDKs knows 529. */
function overloadedStatus(client: Client): number {
  return client.dialect === 'anthropic-messages' ? 529 : 503;
}

/**
 * What the Responses API sums up has to be asked for: its own clients do that themselves, for all others the gateway
 * does where they ask for thinking. All others here show what they think.
 */
function thoughtOf(client: Client, back: BackRow): string {
  const isOwn = client.dialect === 'openai-responses' && back.dialect === 'openai-responses';
  return client.asksToSee || !isOwn ? THOUGHT : '';
}

/** What clients look for to make their history shorter. */
const OVERFLOW_WORDS: Readonly<Record<DialectId, RegExp>> = {
  'openai-chat': /"code":"context_length_exceeded"/,
  'openai-responses': /"code":"context_length_exceeded"/,
  'anthropic-messages': /prompt is too long/,
  gemini: /"status":"INVALID_ARGUMENT"/,
  ollama: /context|input|prompt/,
  'bedrock-converse': /never/,
};

const FORMS = [{ form: 'whole' }, { form: 'streamed' }] as const;

describe.each(CLIENTS)('$name', (client) => {
  describe.each(BACKS)('over $dialect', (back) => {
    describe.each(FORMS)('$form', ({ form }) => {
      const stream = form === 'streamed';

      it('says the text, the usage and why it ended, and the ledger books the same', async () => {
        const mark = stage.mark();
        const said = await stage.open(client, back).ask({ text: promptOf('text') }, { stream });
        expect(said).toEqual({
          text: TEXT,
          thought: '',
          calls: [],
          finish: client.finishes.stop,
          usage: expect.anything() as unknown,
        });
        expectUsage(client, back, said);
        const [row, ...others] = await mark.rows(1);
        expect(others).toEqual([]);
        expect(row).toMatchObject({ outcome: 'answered', final: true, estimated: false, actualModel: back.model });
        expect(row?.usage).toEqual(BOOKED[back.dialect]);
        expect(row?.costPico).toBe(costOf(BOOKED[back.dialect]));
        expectOwnCredential(mark.calls(back)[0]?.headers ?? {}, back);
      });

      it('shows what the model thought, and goes on with it', async () => {
        const mark = stage.mark();
        const conversation = stage.open(client, back);
        const expected = { thought: thoughtOf(client, back), text: TEXT, finish: client.finishes.stop };
        for (const text of [promptOf('think'), 'And then?']) {
          expect(await conversation.ask({ text }, { stream, thinks: true })).toMatchObject(expected);
        }
        expect(mark.asked(back).map(({ thinks }) => thinks)).toEqual([true, true]);
      });

      it('calls tools at once and gets their results to the upstream, with its own ids and states', async () => {
        await expectToolLoop(client, back, stream);
      });

      it('shows an image', async () => {
        const image = { mediaType: PICTURE_TYPE, bytes: PICTURE };
        const said = await stage.open(client, back).ask({ text: promptOf('image'), image }, { stream });
        expect(said.text).toBe(PICTURE_TEXT);
      });

      it('says that the answer was cut off at its limit', async () => {
        const said = await stage.open(client, back).ask({ text: promptOf('length') }, { stream });
        expect(said).toMatchObject({ text: TEXT, finish: client.finishes.length });
      });

      it('says that the provider held the answer back', async () => {
        const said = await stage.open(client, back).ask({ text: promptOf('blocked') }, { stream });
        // Ollama holds nothing back.
        const finish = back.dialect === 'ollama' ? client.finishes.stop : client.finishes.content_filter;
        expect(said).toMatchObject({ text: 'I ', finish });
      });

      it('fails as the SDK fails where the provider has a limit of rates, and says when to come again', async () => {
        const mark = stage.mark();
        const failure = await failureOf(client, back, 'rate-limited', stream);
        expect(failure.status).toBe(429);
        expect(mark.exchanged().map(({ headers }) => headers.get('retry-after'))).toEqual([`${RETRY_AFTER_SECONDS}`]);
        expect(await mark.rows(1)).toMatchObject([{ outcome: 'failed', final: true, status: 429 }]);
      });

      it('says in the words of its dialect that the prompt is too long', async () => {
        const mark = stage.mark();
        const failure = await failureOf(client, back, 'overflow', stream);
        expect(failure.status).toBe(400);
        expect(await mark.exchanged()[0]?.answer).toMatch(OVERFLOW_WORDS[client.dialect]);
        // Ollama is asked once more, with a larger context.
        const count = back.dialect === 'ollama' && client.dialect !== 'ollama' ? 2 : 1;
        const rows = Array.from({ length: count }, () => ({ outcome: 'failed', errorCode: 'context_length_exceeded' }));
        expect(await mark.rows(count)).toMatchObject(rows);
      });

      it('says that the provider has too much to do', async () => {
        const failure = await failureOf(client, back, 'overloaded', stream);
        expect(failure.status).toBe(overloadedStatus(client));
      });

      it('stops the upstream when its client leaves', async () => {
        const mark = stage.mark();
        const leaving = new AbortController();
        const asked = stage
          .open(client, back)
          .ask(
            { text: promptOf(stream ? 'endless' : 'silent') },
            { stream, signal: leaving.signal, onText: () => leaving.abort() },
          );
        const ended = expect(asked).rejects.toThrow();
        await mark.arrived(back);
        if (!stream) leaving.abort();
        await ended;
        const endedAt = performance.now();
        await mark.calls(back)[0]?.gone;
        expect(performance.now() - endedAt).toBeLessThan(STOPPED_WITHIN_MS);
        expect(await mark.rows(1)).toMatchObject([{ outcome: 'client_left', final: true }]);
      });
    });

    it('fails with a status where a stream begins with an overload', async () => {
      const mark = stage.mark();
      const failure = await failureOf(client, back, 'overloaded-in-stream', true);
      expect(failure.status).toBe(overloadedStatus(client));
      expect(await mark.rows(1)).toMatchObject([{ outcome: 'failed' }]);
    });

    it.each(['breaks', 'cut', 'ends'] as const)(
      'fails where a stream %s in the middle, after what was said',
      async (scenario) => {
        const mark = stage.mark();
        let pieces = 0;
        const asked = stage.open(client, back).ask(
          { text: promptOf(scenario) },
          {
            stream: true,
            onText: () => {
              pieces++;
            },
          },
        );
        const error: unknown = await asked.then(
          (said) => Promise.reject(new Error(`it ended cleanly: ${JSON.stringify(said)}`)),
          (reason: unknown) => reason,
        );
        expect(client.failureOf(error), String(error)).not.toBeNull();
        expect(pieces).toBeGreaterThan(0);
        expect(await mark.rows(1)).toMatchObject([{ outcome: 'failed', final: true, status: 200 }]);
      },
    );
  });
});

describe.each(KEEPING_CLIENTS)('$name', (client) => {
  // OpenAI's own Responses are kept there.
  describe.each(BACKS.filter(({ dialect }) => dialect !== 'openai-responses'))('over $dialect', (back) => {
    it.each(FORMS)('$form: goes on with what the gateway kept', async ({ form }) => {
      await expectToolLoop(client, back, form === 'streamed');
    });
  });
});

/** Two turns: all calls at once, and an answer that names their results. */
async function expectToolLoop(client: Client, back: BackRow, stream: boolean): Promise<void> {
  const mark = stage.mark();
  const how = { stream, thinks: true, tools: true };
  const conversation = stage.open(client, back);
  const calling = await conversation.ask({ text: promptOf('tools') }, how);
  expect(calling).toMatchObject({
    thought: thoughtOf(client, back),
    text: TOOL_INTRODUCTION,
    finish: client.finishes.tool_calls,
  });
  expect(calling.calls.map(({ name, arguments: given }) => ({ name, arguments: given }))).toEqual(CALLS);
  const said = await conversation.answer(RESULTS, how);
  expect(said).toMatchObject({ text: toolResultText(), calls: [], finish: client.finishes.stop });
  // Nothing was refused, and what belongs to the provider came back to it as it was.
  expect(mark.calls(back)).toHaveLength(2);
  expect(mark.asked(back)[1]).toMatchObject({ thinks: true, states: STATES[back.dialect] });
}

/** What is in the SDK's own fields. A class that the provider does not know is 0 or nothing, as the dialect has it. */
function expectUsage({ counts }: Client, { dialect }: BackRow, { usage: told }: Said): void {
  const { input, output, cacheRead, reasoning } = COUNTED;
  const known = dialect !== 'ollama';
  expect({ ...told, cacheRead: told.cacheRead ?? 0, reasoning: told.reasoning ?? 0 }).toEqual({
    input,
    output,
    cacheRead: known && counts.cacheRead ? cacheRead : 0,
    reasoning: known && counts.reasoning ? reasoning : 0,
  });
}

/** The provider gets its own key in its own header, and no trace of the gateway's. */
function expectOwnCredential(headers: NodeJS.Dict<string | string[]>, { dialect }: BackRow): void {
  const key = `key-of-${dialect}`;
  const own = {
    'openai-chat': { authorization: `Bearer ${key}` },
    'openai-responses': { authorization: `Bearer ${key}` },
    'anthropic-messages': { 'x-api-key': key, 'anthropic-version': expect.any(String) as unknown },
    gemini: { 'x-goog-api-key': key },
    ollama: { authorization: `Bearer ${key}` },
  };
  expect(headers).toMatchObject(own[dialect]);
  expect(JSON.stringify(headers)).not.toContain(KEY);
}

async function failureOf(
  client: Client,
  back: BackRow,
  scenario: 'rate-limited' | 'overflow' | 'overloaded' | 'overloaded-in-stream',
  stream: boolean,
): Promise<Failure> {
  const error: unknown = await stage
    .open(client, back)
    .ask({ text: promptOf(scenario) }, { stream })
    .then(
      (said) => Promise.reject(new Error(`it was answered: ${JSON.stringify(said)}`)),
      (reason: unknown) => reason,
    );
  const failure = client.failureOf(error);
  if (failure === null) throw new Error(`no error of the SDK's own: ${String(error)}`, { cause: error });
  return failure;
}
