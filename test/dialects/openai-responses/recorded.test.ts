import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { decodeAnswer } from '../../../src/dialects/openai-responses/decode-response.ts';
import { encodeAnswer } from '../../../src/dialects/openai-responses/encode-response.ts';
import { isObject } from '../../../src/std/is-object.ts';
import { parseJson } from '../../../src/std/parse-json.ts';
import { answerContext, decodeContext, decoded, gistOf, sse, written } from './contexts.ts';

const RECORDED = fileURLToPath(new URL('../../../../shared/recorded/', import.meta.url));
const PROVIDERS = ['azure', 'open-responses', 'openai', 'xai'];
const isThere = existsSync(RECORDED);
if (!isThere) console.log(`${RECORDED} is not there: real providers' recorded answers are not tried`);

const files = isThere
  ? PROVIDERS.flatMap((provider) => readdirSync(RECORDED + provider).map((name) => `${provider}/${name}`))
  : [];
const wholes = files
  .filter((name) => name.endsWith('.json'))
  .map((name): [string, unknown] => [name, parseJson(readFileSync(RECORDED + name, 'utf8'))])
  .filter((entry): entry is [string, JsonObject] => isObject(entry[1]) && entry[1]['object'] === 'response');
const streams = files.filter((name) => name.endsWith('.chunks.txt')).flatMap(responsesIn);

/** Some recordings hold several answers, one after the other; a line that is no JSON was cut. */
function responsesIn(name: string): readonly [string, readonly JsonObject[]][] {
  const answers: JsonObject[][] = [];
  for (const line of readFileSync(RECORDED + name, 'utf8').split('\n')) {
    const data = parseJson(line);
    if (!isObject(data) || typeof data['type'] !== 'string') continue;
    if (data['type'] === 'response.created') answers.push([]);
    answers.at(-1)?.push(data);
  }
  return answers.map((events, index) => [`${name} ${index + 1}`, events]);
}

/** The response of a stream's last event. */
function lastResponse(events: readonly JsonObject[]): JsonObject {
  const response = events.at(-1)?.['response'];
  return isObject(response) ? response : {};
}

function whole(body: JsonObject): readonly AnswerEvent[] {
  const events = decodeAnswer(body, decodeContext());
  if (events instanceof GatewayError) throw events;
  return events;
}

/** The same without what OpenAI encrypts anew for the last event: thoughts, and programs. */
function comparable(events: readonly AnswerEvent[]): unknown {
  const seen = events.filter(({ type }) => type !== 'start');
  return gistOf(
    seen.map((event) => {
      if (event.type === 'state') return { ...event, state: { ...event.state, data: '' } };
      return event.type === 'foreign' ? { ...event, value: { ...event.value, fingerprint: '' } } : event;
    }),
  );
}

describe.runIf(isThere)('recorded answers', () => {
  it('are there', () => {
    expect(wholes.length).toBeGreaterThan(20);
    expect(streams.length).toBeGreaterThan(20);
  });

  it.each(wholes)('%s: text, usage and items as the body has them', (_, body) => {
    const answer = foldAnswer(whole(body));
    const output = body['output'] as readonly JsonObject[];
    expect(answer.content.map(({ part }) => part.type)).toEqual(output.flatMap(expectedTypes));
    expect(answer.usage?.inputTokens).toBe((body['usage'] as JsonObject)['input_tokens']);
    expect(answer.usage?.outputTokens).toBe((body['usage'] as JsonObject)['output_tokens']);
    expect(answer.finish?.reason).toBe(output.some(({ type }) => type === 'function_call') ? 'tool_calls' : 'stop');
    expect(answer.model).toBe(body['model']);
  });

  it.each(wholes)('%s: written again and read again it is the same', (_, body) => {
    const events = whole(body);
    const again = whole(JSON.parse(encodeAnswer(foldAnswer(events), answerContext())) as JsonObject);
    expect(gistOf(again)).toEqual(gistOf(events));
  });

  it.each(streams)('%s: the pieces are what its last event says', (_, events) => {
    const said = decoded([sse(events)]);
    const response = lastResponse(events);
    if (response['status'] === 'failed') {
      expect(said.at(-1)).toMatchObject({ type: 'error', error: { wireCode: 'insufficient_quota', status: 429 } });
      return;
    }
    // Two recordings were made by hand and have an empty output at the end.
    if ((response['output'] as unknown[]).length > 0) expect(comparable(said)).toEqual(comparable(whole(response)));
    expect(foldAnswer(said).finish).not.toBeNull();
  });

  it.each(streams)('%s: however it is cut', (_, events) => {
    const bytes = sse(events);
    const atOnce = decoded([bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (places) => {
        const cuts = [0, ...places.sort((a, b) => a - b), bytes.length];
        const pieces = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
        expect(decoded(pieces)).toEqual(atOnce);
      }),
      { numRuns: 10 },
    );
  });

  it.each(streams)('%s: written again as a stream and read again it is the same', (_, events) => {
    const said = decoded([sse(events)]);
    const again = decoded([Buffer.from(written(said))]);
    if (said.at(-1)?.type === 'error')
      expect(again.at(-1)).toMatchObject({ error: { wireCode: 'insufficient_quota' } });
    else expect(gistOf(again)).toEqual(gistOf(said));
  });
});

/** Thoughts that are neither shown nor encrypted are not part of an answer. */
function expectedTypes(item: JsonObject): readonly string[] {
  if (item['type'] === 'message') {
    return (item['content'] as readonly JsonObject[]).flatMap(({ text }) => (text === '' ? [] : ['text']));
  }
  if (item['type'] === 'function_call') return ['tool_call'];
  if (item['type'] !== 'reasoning') return ['foreign'];
  const isShown =
    (item['summary'] as unknown[]).length > 0 || ('content' in item && (item['content'] as unknown[]).length > 0);
  return isShown || typeof item['encrypted_content'] === 'string' ? ['reasoning'] : [];
}
