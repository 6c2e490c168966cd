import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent, FinishReason } from '../../../src/canonical/answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import { decodeAnswer } from '../../../src/dialects/openai-responses/decode-response.ts';
import { decodeContext, decoded, plainRequest } from './contexts.ts';

const RECORDINGS = fileURLToPath(new URL('../../../../shared/real-servers/recordings/', import.meta.url));
const isThere = existsSync(RECORDINGS);
if (!isThere) console.log(`${RECORDINGS} is not there: answers of real servers are not tried`);

/** The body of a recorded answer, behind the request (lines with `> `), the status line and the headers. */
function bodyOf(name: string): string {
  const text = readFileSync(`${RECORDINGS}${name}.txt`, 'utf8').replace(/^(?:> .*\n)+/, '');
  return text.slice(text.indexOf('\n\n') + 2);
}

/** Streamed or not, as it was recorded: transformers streams whatever it is asked for. */
function eventsOf(name: string, maxOutputTokens: number | null = null): readonly AnswerEvent[] {
  const body = bodyOf(name);
  const context = decodeContext(plainRequest({ maxOutputTokens }));
  const events = body.startsWith('{') ? decodeAnswer(JSON.parse(body), context) : decoded([Buffer.from(body)], context);
  if (events instanceof GatewayError) throw events;
  return events;
}

function saidIn(events: readonly AnswerEvent[]): { said: unknown; reason: FinishReason | undefined } {
  const { content, finish } = foldAnswer(events);
  const said = content.map(({ part }) =>
    part.type === 'tool_call'
      ? [part.name, JSON.parse(part.arguments) as unknown]
      : [part.type, 'text' in part ? part.text.trim() : ''],
  );
  return { said, reason: finish?.reason };
}

const SERVERS = ['llama.cpp', 'ollama-0.24.0', 'ollama-0.34.0', 'vllm'];
const FORMS = ['responses', 'responses-stream'];

describe.runIf(isThere)('answers of real servers', () => {
  const forms = [...SERVERS, 'transformers'].flatMap((server) => FORMS.map((form): [string, string] => [server, form]));
  const told = forms.filter(([server]) => server !== 'transformers');

  it.each(forms)('%s: a text (%s)', (server, form) => {
    const said = saidIn(eventsOf(`${server}/tiny-hello-${form}`));
    expect(said).toEqual({ said: [['text', 'Hello from a real server. 🙂']], reason: 'stop' });
  });

  it.each(told)('%s: a call (%s)', (server, form) => {
    const said = saidIn(eventsOf(`${server}/tiny-tools-${form}`));
    expect(said).toEqual({ said: [['get_weather', { city: 'Ghent' }]], reason: 'tool_calls' });
  });

  it.each(told)('%s: thoughts (%s)', (server, form) => {
    const thoughts = ['reasoning', 'The user wants a number.'];
    expect(saidIn(eventsOf(`${server}/tiny-think-${form}`)).said).toEqual([thoughts, ['text', 'It is 42.']]);
  });

  it('transformers leaves thoughts in the text: they are taken out of it', () => {
    const context = decodeContext(plainRequest(), { ...PLAIN_QUIRKS, thinkTags: true });
    const events = decoded([Buffer.from(bodyOf('transformers/tiny-think-responses-stream'))], context);
    expect(saidIn(events).said).toEqual([
      ['reasoning', 'The user wants a number.'],
      ['text', 'It is 42.'],
    ]);
  });

  // Only vLLM says that it cut its answer; it says it in an event called `response.completed`.
  it.each(forms)('%s: an answer that was cut (%s)', (server, form) => {
    const events = eventsOf(`${server}/${form}`, form === 'responses' ? 16 : 3);
    expect(foldAnswer(events).finish?.reason).toBe('length');
    expect(foldAnswer(events).usage?.outputTokens).toBe(form === 'responses' ? 16 : 3);
  });

  it.each(told.filter(([, form]) => form === 'responses-stream'))('%s: however it is cut (%s)', (server, form) => {
    for (const model of ['tiny-hello', 'tiny-tools', 'tiny-think']) {
      const bytes = Buffer.from(bodyOf(`${server}/${model}-${form}`));
      const atOnce = decoded([bytes]);
      fc.assert(
        fc.property(fc.nat(bytes.length), fc.nat(bytes.length), (one, other) => {
          const [first, second] = one < other ? [one, other] : [other, one];
          const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
          expect(decoded(pieces)).toEqual(atOnce);
        }),
        { numRuns: 20 },
      );
    }
  });

  it('a server without the API answers something that is no response', () => {
    expect(decodeAnswer({ detail: 'Not Found' }, decodeContext())).toMatchObject({ code: 'upstream_invalid_answer' });
  });
});
