import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERRORS, GatewayError } from '../../src/canonical/errors.ts';
import type { ErrorCode } from '../../src/canonical/errors.ts';
import type { AnswerEvent } from '../../src/canonical/answer.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { parseJson } from '../../src/std/parse-json.ts';
import type { Back, DecodeContext, Front } from '../../src/dialects/dialect.ts';
import { cutAnywhere } from './cuts.ts';
import { LAWS } from './every-dialect.ts';
import { answers } from './generate-answer.ts';
import { canonicalRequests } from './generate-request.ts';
import { answerContext, decodeContext, EXCHANGE_ID, plainRequest, requestFor, targetOf } from './laws.ts';
import { deeplyNested, withWrongTypes } from './malform.ts';

const RUNS = { numRuns: 100 };
const DEPTH = 10_000;
/** A request this deep must be read or refused; what is far deeper is for the gateway to refuse before. */
const DEEP_REQUEST = 500;
const LONG_LINE_BYTES = 10 * 1024 * 1024;

describe.each(LAWS.map((laws) => [laws.dialect.id, laws] as const))('malformed input to %s', (_id, laws) => {
  const { dialect, wire } = laws;
  const { back, front } = dialect;
  const plain = plainRequest(dialect);
  const context = decodeContext(plain);
  const answer = answers({ dialect: dialect.id, ...laws.answers });

  it('a stream of any bytes ends in one error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat()), (bytes, places) => {
        const last = fed(back, cutAnywhere(Buffer.from(bytes), places), context).at(-1);
        expect(last?.type).toBe('error');
      }),
      RUNS,
    );
  });

  it('a stream of lines that are nearly right is read or ends in one error', () => {
    const said = fc.oneof(
      fc.json(),
      fc.constantFrom('[DONE]', '{', 'null', '[]', '{"error":{}}', '{"error":"x"}', '0'),
    );
    const event = fc.constantFrom('', 'event: message_start\n', 'event: error\n');
    fc.assert(
      fc.property(fc.array(fc.tuple(event, said), { maxLength: 5 }), fc.boolean(), (lines, sse) => {
        const text = lines.map(([name, data]) => (sse ? `${name}data: ${data}\n\n` : `${data}\n`)).join('');
        expectOneEnd(fed(back, [Buffer.from(text)], context));
      }),
      RUNS,
    );
  });

  it('a stream whose bytes were changed, doubled or left out is read or ends in one error', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }), remove: fc.nat({ max: 5 }) });
    fc.assert(
      fc.property(answer, fc.array(change, { minLength: 1, maxLength: 4 }), (events, changes) => {
        const request = requestFor(dialect, events);
        let bytes = wire.stream(events, request);
        for (const { at, byte, remove } of changes) {
          const place = at % bytes.length;
          bytes = Buffer.concat([bytes.subarray(0, place), Buffer.of(byte), bytes.subarray(place + remove)]);
        }
        expectOneEnd(fed(back, [bytes], decodeContext(request)));
      }),
      RUNS,
    );
  });

  it('whole answers with members of wrong types are read or are an error, never thrown', () => {
    fc.assert(
      fc.property(answer, fc.nat(), fc.nat(), (events, seed, which) => {
        const request = requestFor(dialect, events);
        const body = withWrongTypes(wire.answer(events, request), seed, which);
        expectEventsOrError(back.decodeAnswer(body, decodeContext(request)));
      }),
      RUNS,
    );
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expectEventsOrError(back.decodeAnswer(body, context));
      }),
      RUNS,
    );
  });

  it('an error of any status and any body is an error of the upstream', () => {
    const status = fc.constantFrom(200, 400, 401, 404, 413, 429, 500, 503, 529);
    const body = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom('', '<html>', '{"error":null}'));
    fc.assert(
      fc.property(status, body, orRetry, (code, text, retryAfter) => {
        const error = back.decodeError({ provider: 'somewhere', status: code, retryAfter, body: text });
        expect(error).toBeInstanceOf(GatewayError);
        expect(error.message).toMatch(/^somewhere/);
        expect(error.status).toBeGreaterThanOrEqual(400);
      }),
      RUNS,
    );
  });

  it(`survives JSON of ${DEPTH} levels from an upstream`, () => {
    for (const text of deeplyNested(DEPTH)) {
      expectOneEnd(fed(back, [Buffer.from(`data: ${text}\n\n`)], context));
      expectOneEnd(fed(back, [Buffer.from(`${text}\n`)], context));
      expectEventsOrError(back.decodeAnswer(parseJson(text), context));
      expect(back.decodeError({ provider: 'p', status: 400, retryAfter: null, body: text })).toBeInstanceOf(
        GatewayError,
      );
    }
  });

  it('a line of 10 MB ends in one error', () => {
    const decoder = back.decodeStream(context);
    const piece = Buffer.alloc(64 * 1024, 'x');
    const events: AnswerEvent[] = [...decoder.push(Buffer.from('data: {"x":"'))];
    for (let bytes = 0; bytes < LONG_LINE_BYTES; bytes += piece.length) events.push(...decoder.push(piece));
    events.push(...decoder.end());
    expect(events.map(({ type }) => type)).toEqual(['error']);
  });

  if (front !== null) describeFront(front, laws);
});

function describeFront(front: Front, { dialect, requests }: (typeof LAWS)[number]): void {
  it('requests with members of wrong types are read, or refused with a 400 that names the field', () => {
    fc.assert(
      fc.property(
        canonicalRequests({ dialect: dialect.id, ...requests }),
        fc.nat(),
        fc.nat(),
        (request, seed, which) => {
          const { body } = dialect.back.encodeRequest(request, targetOf(request));
          const sent = JSON.parse(JSON.stringify(body)) as JsonObject;
          expectDecodedOrRefused(front, withWrongTypes(sent, seed, which) as JsonObject);
        },
      ),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
        expectDecodedOrRefused(front, body);
      }),
      RUNS,
    );
  });

  it('a request is read or refused as deep as its body may be nested', () => {
    for (const value of deeplyNested(DEEP_REQUEST).map(parseJson)) {
      for (const member of ['messages', 'input', 'contents', 'tools', 'system', 'prompt', 'tool_choice', 'x']) {
        expectDecodedOrRefused(front, { model: 'm', [member]: value });
      }
    }
  });

  it.each(Object.keys(ERRORS) as ErrorCode[])('tells %s in its own shape', (code) => {
    const error = new GatewayError(code, 'What went "wrong"\n.', { param: 'a.b', retryAfter: '3' });
    const { status, body } = front.encodeError(error, { exchangeId: EXCHANGE_ID });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(textsIn(JSON.parse(body)).some((text) => text.includes(error.message))).toBe(true);
  });

  it('tells an error of the middle of a stream so that its own back reads an error', () => {
    const error = new GatewayError('upstream_error', 'It broke in the middle.');
    const request = plainRequest(dialect);
    const encoder = front.encodeStream(answerContext(request));
    const events: AnswerEvent[] = [
      { type: 'start', id: null, model: null },
      { type: 'text', text: 'half of an ans' },
      { type: 'error', error },
    ];
    const text = events.map((event) => encoder.push(event)).join('');
    const read = fed(dialect.back, [Buffer.from(text)], decodeContext(request));
    const last = read.at(-1);
    if (last?.type !== 'error') throw new Error(`ended with ${last?.type ?? 'nothing'}`);
    expect(last.error.message).toContain('It broke in the middle.');
    expectOneEnd(read);
  });

  it('keeps a connection alive with something that means nothing, wherever it stands', () => {
    const request = plainRequest(dialect);
    fc.assert(
      fc.property(answers({ dialect: dialect.id, customTools: false, reasoningStates: [] }), (events) => {
        const context = decodeContext(requestFor(dialect, events));
        const written = (alive: boolean): Buffer => {
          const encoder = front.encodeStream(answerContext(request));
          const texts = events.map((event) => encoder.push(event) + (alive ? encoder.keepAlive() : ''));
          return Buffer.from((alive ? encoder.keepAlive() : '') + texts.join('') + encoder.end());
        };
        const types = (bytes: Buffer): string[] => fed(dialect.back, [bytes], context).map(({ type }) => type);
        expect(types(written(true))).toEqual(types(written(false)));
      }),
      { numRuns: 50 },
    );
  });
}

const orRetry = fc.constantFrom(null, '7', 'Wed, 21 Oct 2026 07:28:00 GMT');

function fed(back: Back, chunks: readonly Buffer[], context: DecodeContext): readonly AnswerEvent[] {
  const decoder = back.decodeStream(context);
  const events = chunks.flatMap((chunk) => decoder.push(chunk));
  return [...events, ...decoder.end()];
}

/** Either it came to its finish or it failed, once; and what could not be read is nobody's fault but the upstream's. */
function expectOneEnd(events: readonly AnswerEvent[]): void {
  const ends = events.filter(({ type }) => type === 'error' || type === 'finish');
  const failed = ends.filter(({ type }) => type === 'error');
  expect(failed.length).toBeLessThanOrEqual(1);
  expect(ends.length).toBeGreaterThanOrEqual(1);
  if (failed.length === 1) expect(events.at(-1)?.type).toBe('error');
}

function expectEventsOrError(read: readonly AnswerEvent[] | GatewayError): void {
  if (read instanceof GatewayError) expect(read.source).toBe('upstream');
  else expect(Array.isArray(read)).toBe(true);
}

function expectDecodedOrRefused(front: Front, body: JsonObject): void {
  try {
    front.decodeRequest(body, { model: 'm', stream: false });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.status).toBe(400);
    expect(error.message).toBeTruthy();
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
