import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import type { Usage } from '../../../src/canonical/usage.ts';
import { isObject } from '../../../src/std/is-object.ts';
import { folded, plainArguments, sse, streamed, wholeEvents, written, writtenWhole } from './contexts.ts';

/** Answers that Anthropic gave, from the test fixtures of github.com/vercel/ai (Apache-2.0). */
const FOLDER = '../shared/recorded/anthropic';
const names = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
if (names.length === 0) console.log(`skipped: recorded answers of Anthropic are not in ${FOLDER}`);

const wholes = names
  .filter((name) => name.endsWith('.json'))
  .map((name): [string, JsonObject] => [name, JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as JsonObject])
  .filter(([, body]) => body['type'] === 'message');
/** Some files hold several answers, one after the other. One answer has two beginnings, which are the same. */
const streams = names
  .filter((name) => name.endsWith('.chunks.txt'))
  .flatMap((name) =>
    answersIn(readFileSync(join(FOLDER, name), 'utf8')).map((events, at) => [`${name} ${at}`, events] as const),
  );

function answersIn(text: string): JsonObject[][] {
  const answers: JsonObject[][] = [[]];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const event = JSON.parse(line) as JsonObject;
    answers.at(-1)?.push(event);
    if (event['type'] === 'message_stop') answers.push([]);
  }
  return answers.slice(0, -1);
}

/** The classes of usage as the bodies say them, computed apart from the dialect. */
function saidUsage(usages: readonly JsonObject[]): Partial<Usage> {
  const last = (key: string): number | null =>
    usages.map((usage) => usage[key]).findLast((value) => typeof value === 'number') ?? null;
  const input = last('input_tokens') ?? 0;
  const read = last('cache_read_input_tokens');
  const written = last('cache_creation_input_tokens');
  const details = usages.findLast((usage) => 'output_tokens_details' in usage)?.['output_tokens_details'] as
    { thinking_tokens: number } | undefined;
  return {
    inputTokens: input + (read ?? 0) + (written ?? 0),
    outputTokens: last('output_tokens'),
    cacheReadTokens: read,
    reasoningTokens: details?.thinking_tokens ?? null,
  };
}

describe.runIf(names.length > 0)('a recorded whole answer', () => {
  it.each(wholes)('%s: says its usage, and nothing is lost on the way to a client', (_name, body) => {
    const answer = folded(body);
    expect(answer.usage).toMatchObject(saidUsage([body['usage'] as JsonObject]));
    const again = writtenWhole(answer);
    expect(again['content']).toEqual((body['content'] as JsonObject[]).map(asWritten));
    expect(again).toMatchObject({
      model: body['model'],
      stop_reason: body['stop_reason'],
      stop_sequence: body['stop_sequence'] ?? null,
      usage: tokensOf(body['usage'] as JsonObject),
    });
    const { usage, ...reread } = foldAnswer(wholeEvents(again));
    // Classes that nobody spoke of are 0 for a client of this dialect.
    expect({ ...reread, usage: answer.usage }).toEqual({ ...answer, id: again['id'] });
    expect(usage).toMatchObject({ inputTokens: answer.usage?.inputTokens, outputTokens: answer.usage?.outputTokens });
  });
});

/** What the API says of every call that is not made by another tool. */
function asWritten(block: JsonObject): JsonObject {
  if (block['type'] !== 'tool_use') return block;
  const { caller } = block as { readonly caller?: { readonly type: string } };
  expect(caller?.type ?? 'direct').toBe('direct');
  return { type: 'tool_use', id: block['id'], name: block['name'], input: block['input'] };
}

function tokensOf({ input_tokens, output_tokens, cache_read_input_tokens = 0 }: JsonObject): JsonObject {
  return { input_tokens, output_tokens, cache_read_input_tokens };
}

describe.runIf(names.length > 0)('a recorded stream', () => {
  it.each(streams)('%s: says its usage, and nothing is lost on the way to a client', (_name, events) => {
    const read = streamed(sse(events));
    const answer = foldAnswer(read);
    const usages = events.flatMap((event) => {
      const usage = event['usage'] ?? (event['message'] as JsonObject | undefined)?.['usage'];
      return isObject(usage) ? [usage] : [];
    });
    expect(answer.usage).toMatchObject(saidUsage(usages));
    expect(answer.finish).not.toBeNull();
    expect(read.filter(({ type }) => type === 'start')).toHaveLength(1);
    const again = foldAnswer(streamed(Buffer.from(written(read))));
    // Classes that nobody spoke of are 0 for a client of this dialect.
    expect(again).toEqual({ ...answer, id: again.id, usage: again.usage });
    expect(again.usage).toMatchObject({
      inputTokens: answer.usage?.inputTokens,
      outputTokens: answer.usage?.outputTokens,
    });
  });

  it.each(streams)('%s: is what a whole answer of the same blocks is', (_name, events) => {
    const read = foldAnswer(streamed(sse(events)));
    const body = writtenWhole(read);
    expect(plainArguments(foldAnswer(wholeEvents(body)).content)).toEqual(plainArguments(read.content));
  });
});

/** Most pairs are answers to the same question, given twice; these say the same. */
const PAIRS = ['anthropic-advisor-stop-reasons', 'anthropic-fallback', 'anthropic-refusal'];

describe.runIf(names.length > 0)('a recorded answer that was given whole and streamed', () => {
  it.each(PAIRS)('%s: is the same answer', (name) => {
    const [, body] = wholes.find(([file]) => file === `${name}.json`) ?? [];
    const [, events = []] = streams.find(([file]) => file.startsWith(`${name}.chunks`)) ?? [];
    const whole = folded(body);
    const other = foldAnswer(streamed(sse(events)));
    expect(plainArguments(other.content)).toEqual(plainArguments(whole.content));
    expect(other.finish).toEqual(whole.finish);
    expect(other.usage?.outputTokens).toBe(whole.usage?.outputTokens);
  });
});
