import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { NOTHING_IN_PATH } from '../../src/dialects/face.ts';
import { EMBEDDINGS_FACE } from '../../src/dialects/embedding-faces.ts';
import { CHAT_FACE, COMPLETIONS_FACE } from '../../src/dialects/faces.ts';
import { checkNeeded, readRequest } from '../../src/dialects/request-head.ts';
import type { RequestHead } from '../../src/dialects/request-head.ts';

type Endpoint = 'chat/completions' | 'completions' | 'embeddings';

const CHAT = 'chat/completions';
const FACES = { [CHAT]: CHAT_FACE, completions: COMPLETIONS_FACE, embeddings: EMBEDDINGS_FACE };

function headOf(bytes: Buffer, endpoint: Endpoint = CHAT): RequestHead {
  const rules = FACES[endpoint].body;
  const { head, body } = readRequest(bytes, rules, NOTHING_IN_PATH);
  checkNeeded(body, rules);
  return head;
}

function refusal(body: string | Buffer, endpoint: Endpoint = CHAT): Pick<GatewayError, 'code' | 'status' | 'param'> {
  try {
    headOf(Buffer.from(body), endpoint);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, status, param } = error;
    return { code, status, param };
  }
  throw new Error('the body was taken');
}

const MESSAGES = '"messages":[{"role":"user","content":"hi"}]';

describe('readRequest', () => {
  it.each<[string, Endpoint, object]>([
    [`{"model":"m",${MESSAGES}}`, CHAT, { model: 'm', stream: false, asksForUsage: false }],
    [`{"model":"m",${MESSAGES},"stream":true}`, CHAT, { stream: true, asksForUsage: false }],
    [`{"model":"m",${MESSAGES},"stream":null}`, CHAT, { stream: false }],
    [`{"model":"m",${MESSAGES},"stream_options":{"include_usage":true}}`, CHAT, { asksForUsage: true }],
    [`{"model":"m",${MESSAGES},"stream_options":{"include_usage":false}}`, CHAT, { asksForUsage: false }],
    [`{"model":"m",${MESSAGES},"stream_options":null}`, CHAT, { asksForUsage: false }],
    [`{"mod\\u0065l":"\\u006d",${MESSAGES}}`, CHAT, { model: 'm' }],
    [`{"model":"m","prompt":"hi"}`, 'completions', { model: 'm' }],
    [`{"model":"m","input":["a","b"],"stream":true}`, 'embeddings', { model: 'm', stream: false }],
  ])('reads %s', (body, endpoint, expected) => {
    expect(headOf(Buffer.from(body), endpoint)).toMatchObject(expected);
  });

  it.each<[string, string, string, string | null, Endpoint?]>([
    ['nothing', '', 'invalid_json', null],
    ['no JSON', 'hello', 'invalid_json', null],
    ['half a JSON', '{"model":"m"', 'invalid_json', null],
    ['two values', '{} {}', 'invalid_json', null],
    ['a list', '[]', 'invalid_body', null],
    ['a text', '"m"', 'invalid_body', null],
    ['null', 'null', 'invalid_body', null],
    ['no model', `{${MESSAGES}}`, 'missing_field', 'model'],
    ['an empty model', `{"model":"",${MESSAGES}}`, 'invalid_body', 'model'],
    ['a model that is no text', `{"model":7,${MESSAGES}}`, 'invalid_body', 'model'],
    ['a model without end', `{"model":"${'m'.repeat(513)}",${MESSAGES}}`, 'invalid_body', 'model'],
    ['no messages', '{"model":"m"}', 'missing_field', 'messages'],
    ['messages that are no list', '{"model":"m","messages":"hi"}', 'invalid_body', 'messages'],
    ['no prompt', `{"model":"m",${MESSAGES}}`, 'missing_field', 'prompt', 'completions'],
    ['no input', `{"model":"m",${MESSAGES}}`, 'missing_field', 'input', 'embeddings'],
    ['a stream that is no yes or no', `{"model":"m",${MESSAGES},"stream":"true"}`, 'invalid_body', 'stream'],
    ['model twice', `{"model":"a","model":"b",${MESSAGES}}`, 'duplicate_field', 'model'],
    ['model twice, once escaped', `{"model":"a","mod\\u0065l":"b",${MESSAGES}}`, 'duplicate_field', 'model'],
    [
      'model twice, wholly escaped',
      `{"\\u006d\\u006f\\u0064\\u0065\\u006c":"a","model":"b",${MESSAGES}}`,
      'duplicate_field',
      'model',
    ],
    ['stream twice', `{"model":"a",${MESSAGES},"stream":true,"stream":false}`, 'duplicate_field', 'stream'],
    [
      'stream_options twice',
      `{"stream_options":{},"model":"a",${MESSAGES},"stream_options":{}}`,
      'duplicate_field',
      'stream_options',
    ],
    ['model for a reader that ignores case', `{"model":"a","Model":"b",${MESSAGES}}`, 'duplicate_field', 'model'],
    ['only such a model', `{"MODEL":"b",${MESSAGES}}`, 'duplicate_field', 'model'],
    ['stream for a reader that folds letters', `{"model":"a",${MESSAGES},"ſtream":true}`, 'duplicate_field', 'stream'],
    [
      'the same, escaped',
      `{"model":"a",${MESSAGES},"\\u017fTREAM_OPTION\\u017f":{}}`,
      'duplicate_field',
      'stream_options',
    ],
  ])('refuses %s with a 400 that names the field', (_what, body, code, param, endpoint) => {
    expect(refusal(body, endpoint)).toEqual({ code, status: 400, param });
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(refusal(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])).code).toBe('invalid_json');
  });

  it('does not take a nested model for the model', () => {
    const body = `{"metadata":{"model":"x","stream":true},"model":"m","messages":[{"model":"y"}]}`;
    expect(headOf(Buffer.from(body), CHAT)).toMatchObject({ model: 'm', stream: false });
  });

  it('repeats nothing of what the client wrote when it is no JSON', () => {
    try {
      headOf(Buffer.from('{"model":"m","messages":[{"content":"my secret plan"]}'), CHAT);
    } catch (error) {
      expect(String(error)).not.toContain('secret');
      expect(String(error)).toMatch(/position \d+/);
    }
  });

  it.each([
    ['chat/completions', '"messages":[]', 1],
    ['chat/completions', '"messages":[],"n":3', 3],
    ['chat/completions', '"messages":[],"n":128', 128],
    ['chat/completions', '"messages":[],"n":129', 1],
    ['chat/completions', '"messages":[],"n":0', 1],
    ['chat/completions', '"messages":[],"n":1.5', 1],
    ['chat/completions', '"messages":[],"n":"3"', 1],
    ['chat/completions', '"messages":[],"prompt":["a","b"]', 1],
    ['completions', '"prompt":"a"', 1],
    ['completions', '"prompt":[]', 1],
    ['completions', '"prompt":["a","b"],"n":2', 4],
    ['completions', '"prompt":[1,2,3]', 1],
    ['completions', '"prompt":[[1,2],[3]]', 2],
  ] as const)('%s with %s: how many choices there will be', (endpoint, members, count) => {
    expect(headOf(Buffer.from(`{"model":"m",${members}}`), endpoint).choiceCount).toBe(count);
  });

  it.each([
    ['chat/completions', '"messages":[],"n":3', 3],
    ['chat/completions', '"messages":[],"n":300', 300],
    ['chat/completions', '"messages":[],"n":-3', 1],
    ['completions', '"prompt":"a","best_of":20', 20],
    ['completions', '"prompt":"a","n":3,"best_of":2', 3],
    ['completions', '"prompt":["a","b"],"n":2,"best_of":5', 10],
    ['completions', '"prompt":"a","best_of":"20"', 1],
    ['completions', '"prompt":"a","best_of":1e400', 1],
  ] as const)('%s with %s: how many answers are written', (endpoint, members, count) => {
    expect(headOf(Buffer.from(`{"model":"m",${members}}`), endpoint).writtenCount).toBe(count);
  });

  it('stands deep nesting and long strings', () => {
    const deep = `{"model":"m","messages":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(headOf(Buffer.from(deep), CHAT).model).toBe('m');
    expect(refusal('['.repeat(200_000)).code).toBe('invalid_json');
  });

  it('throws nothing but GatewayErrors of status 400, whatever the bytes', () => {
    const good = Buffer.from(`{"model":"m\\u00e9","stream":true,"stream_options":{"include_usage":false},${MESSAGES}}`);
    const change = fc.tuple(fc.nat(good.length), fc.nat(3), fc.uint8Array({ maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let bytes = good;
        for (const [at, removed, added] of changes) {
          bytes = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
        }
        try {
          headOf(bytes, CHAT);
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
          expect(error).toMatchObject({ status: 400 });
        }
      }),
      { numRuns: 5000 },
    );
  });
});
