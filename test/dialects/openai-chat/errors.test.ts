import { describe, expect, it } from 'vitest';
import { ERRORS, GatewayError } from '../../../src/canonical/errors.ts';
import {
  decodeOpenAiError,
  encodeOpenAiError,
  encodeOpenAiErrorEvent,
} from '../../../src/dialects/openai-chat/errors.ts';
import { recording } from '../../helpers/recordings.ts';
import type { RecordedServer } from '../../helpers/recordings.ts';

function decode(body: string | Buffer, status = 400): GatewayError {
  return decodeOpenAiError({ provider: 'acme', status, retryAfter: null, body: body.toString() });
}

/** What each recorded refusal says, behind `SERVER answered STATUS: `. */
const RECORDED: readonly [RecordedServer, string, number, RegExp, object][] = [
  ['llama-cpp-python', 'error-bad-json', 500, /^Internal Server Error$/, {}],
  [
    'llama-cpp-python',
    'error-oversize',
    400,
    /^This model's maximum context length is 2048 tokens/,
    { type: 'invalid_request_error', param: 'messages', wireCode: 'context_length_exceeded' },
  ],
  ['llama-cpp-python', 'error-unknown-path', 404, /^Not Found$/, {}],
  ['llama-cpp-python', 'error-wrong-method', 405, /^Method Not Allowed$/, {}],
  [
    'llama.cpp',
    'error-bad-json',
    500,
    /^\[json\.exception\.parse_error\.101\] parse error/,
    { type: 'server_error', wireCode: 500 },
  ],
  ['llama.cpp', 'error-no-messages', 400, /^'messages' is required$/, { type: 'invalid_request_error' }],
  ['llama.cpp', 'error-oversize', 400, /^request \(9018 tokens\) exceeds/, { type: 'exceed_context_size_error' }],
  [
    'llama.cpp',
    'error-oversize-stream',
    400,
    /^request \(9018 tokens\) exceeds/,
    { type: 'exceed_context_size_error' },
  ],
  ['llama.cpp', 'error-unknown-path', 404, /^File Not Found$/, { type: 'not_found_error', wireCode: 404 }],
  ['llama.cpp', 'error-wrong-method', 404, /^File Not Found$/, {}],
  ['llama.cpp', 'auth-none-chat', 401, /^Invalid API Key$/, { type: 'authentication_error' }],
  ['ollama-0.24.0', 'error-bad-json', 400, /^invalid character 'n'/, { type: 'invalid_request_error' }],
  ['ollama-0.24.0', 'error-no-messages', 400, /^\[\] is too short - 'messages'$/, {}],
  ['ollama-0.24.0', 'error-unknown-model', 404, /^model 'nope' not found$/, { type: 'not_found_error' }],
  ['ollama-0.24.0', 'error-unknown-path', 404, /^404 page not found$/, {}],
  ['ollama-0.24.0', 'error-wrong-method', 405, /^405 method not allowed$/, {}],
  ['ollama-0.34.0', 'error-bad-json', 400, /^invalid character 'n'/, {}],
  ['ollama-0.34.0', 'error-no-messages', 400, /^\[\] is too short/, {}],
  ['ollama-0.34.0', 'error-unknown-model', 404, /^model 'nope' not found$/, {}],
  ['ollama-0.34.0', 'error-unknown-path', 404, /^404 page not found$/, {}],
  ['ollama-0.34.0', 'error-wrong-method', 405, /^405 method not allowed$/, {}],
  ['transformers', 'error-bad-json', 422, /^body\.1: JSON decode error$/, { param: 'body.1' }],
  ['transformers', 'error-no-messages', 500, /^Internal Server Error$/, {}],
  ['transformers', 'error-unknown-model', 500, /^Internal Server Error$/, {}],
  ['transformers', 'error-unknown-path', 404, /^Not Found$/, {}],
  ['transformers', 'error-wrong-method', 405, /^Method Not Allowed$/, {}],
  ['vllm', 'error-bad-json', 400, /^1 validation error/, { param: 'body.1', wireCode: 400 }],
  ['vllm', 'error-no-messages', 400, /body\.messages/, { param: 'body.messages' }],
  [
    'vllm',
    'error-oversize',
    400,
    /^This model's maximum context length is 1024/,
    { type: 'BadRequestError', param: 'input_tokens' },
  ],
  ['vllm', 'error-oversize-stream', 400, /^This model's maximum context length is 1024/, { param: 'input_tokens' }],
  ['vllm', 'error-unknown-model', 404, /^The model `nope` does not exist/, { type: 'NotFoundError', param: 'model' }],
  ['vllm', 'error-unknown-path', 404, /^Not Found$/, {}],
  ['vllm', 'error-wrong-method', 405, /^Method Not Allowed$/, {}],
  ['vllm', 'auth-none-chat', 401, /^Unauthorized$/, {}],
];

describe('decodeOpenAiError', () => {
  it.each(RECORDED)('%s, %s', (server, name, status, text, fields) => {
    const answer = recording(server, name);
    const error = decodeOpenAiError({
      provider: server,
      status: answer.status,
      retryAfter: null,
      body: answer.body.toString(),
    });
    expect(error).toMatchObject({ code: 'upstream_error', status, source: 'upstream', ...fields });
    const start = `${server} answered ${status}: `;
    expect(error.message.startsWith(start)).toBe(true);
    expect(error.message.slice(start.length)).toMatch(text);
  });

  it("finds llama-server's answer inside Ollama 0.34's message", () => {
    // As recorded with Ollama 0.34 from one message that is too long; both of its dialects say it so.
    const inner = {
      error: {
        code: 400,
        message: 'request (9018 tokens) exceeds the available context size',
        type: 'exceed_context_size_error',
      },
    };
    for (const outer of [
      { error: JSON.stringify(inner) },
      { error: { message: JSON.stringify(inner), type: 'api_error' } },
    ]) {
      expect(decode(JSON.stringify(outer))).toMatchObject({
        message: 'acme answered 400: request (9018 tokens) exceeds the available context size',
        type: 'exceed_context_size_error',
        wireCode: 400,
      });
    }
  });

  it.each([
    [
      'the flat shape of older vLLM',
      '{"object":"error","message":"no","type":"BadRequestError","param":null,"code":400}',
      'no',
      'BadRequestError',
    ],
    ['a text', '{"error":"model not found"}', 'model not found', 'upstream_error'],
    ['Mistral and Cohere', '{"message":"invalid","type":"invalid_request"}', 'invalid', 'invalid_request'],
    [
      "Google's list",
      '[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]',
      'quota',
      'RESOURCE_EXHAUSTED',
    ],
    [
      'FastAPI',
      '{"detail":[{"loc":["body","messages"],"msg":"field required"}]}',
      'body.messages: field required',
      'upstream_error',
    ],
    ['KoboldCpp', '{"detail":{"msg":"busy","type":"service_unavailable"}}', 'busy', 'service_unavailable'],
    ['Cloudflare', '{"errors":[{"code":1,"message":"bad"}]}', 'bad', 'upstream_error'],
    ['nothing', '', 'no explanation (the body was empty)', 'upstream_error'],
    ['a page', '<html><body><h1>502 Bad\nGateway</h1></body></html>', '502 Bad Gateway', 'upstream_error'],
    ['JSON that says nothing', '{"ok":false}', '{"ok":false}', 'upstream_error'],
    ['half a JSON', '{"error":{"mess', '{"error":{"mess', 'upstream_error'],
    ['a number', '7', '7', 'upstream_error'],
  ])('reads %s', (_what, body, text, type) => {
    expect(decode(body)).toMatchObject({ message: `acme answered 400: ${text}`, type });
  });

  it('cuts what is long', () => {
    expect(decode(JSON.stringify({ error: { message: 'x'.repeat(100_000) } })).message.length).toBeLessThan(2100);
    expect(decode('y'.repeat(100_000)).message.length).toBeLessThan(300);
  });

  it('stands deep nesting', () => {
    expect(decode('['.repeat(100_000) + ']'.repeat(100_000)).message).toContain('acme answered 400');
    expect(decode('{"error":'.repeat(50_000) + '1' + '}'.repeat(50_000)).message).toContain('acme answered 400');
  });

  it('reads a page that never closes its tags in no time', () => {
    const startedAt = performance.now();
    expect(decode('<'.repeat(256 * 1024)).message).toMatch(/^acme answered 400: </);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('takes the names and indexes of a location alone', () => {
    const deep = '['.repeat(200) + ']'.repeat(200);
    const loc = `["body",${deep},{"toString":1},null,"messages",0]`;
    expect(decode(`{"detail":[{"loc":${loc},"msg":"bad"}]}`)).toMatchObject({
      param: 'body.messages.0',
      message: 'acme answered 400: body.messages.0: bad',
    });
  });

  it('cuts what is too long to be a name', () => {
    const long = 'x'.repeat(10_000);
    const { type, wireCode, param } = decode(JSON.stringify({ message: 'no', type: long, code: long, param: long }));
    expect([type.length, String(wireCode).length, param?.length]).toEqual([200, 200, 200]);
    expect(decode(JSON.stringify({ detail: [{ loc: [long], msg: 'no' }] })).param).toHaveLength(200);
  });

  it('keeps Retry-After as it was written', () => {
    const retryAfter = 'Wed, 21 Oct 2026 07:28:00 GMT';
    expect(decodeOpenAiError({ provider: 'acme', status: 429, retryAfter, body: '{}' }).retryAfter).toBe(retryAfter);
  });

  it('does not claim a status that was not sent: an error that came with 200', () => {
    expect(decode('{"error":{"message":"overloaded"}}', 200)).toMatchObject({
      status: 502,
      message: 'acme answered with an error: overloaded',
    });
    expect(decode('{"error":{"message":"too many","code":429}}', 200).status).toBe(429);
    expect(decode('{"error":{"message":"odd","code":200}}', 200).status).toBe(502);
  });
});

describe('encodeOpenAiError', () => {
  it('has the shape that SDKs read, with the hint in the message', () => {
    const error = new GatewayError('request_too_large', 'Too large.', { param: 'messages' });
    expect(JSON.parse(encodeOpenAiError(error))).toEqual({
      error: {
        message: `Too large. ${ERRORS.request_too_large.hint}`,
        type: 'invalid_request_error',
        param: 'messages',
        code: 'request_too_large',
      },
    });
  });

  it('has a text for a code that is a number, as SDKs and agents expect', () => {
    const error = new GatewayError('upstream_error', 'No.', { status: 400, upstreamCode: 1210 });
    expect(JSON.parse(encodeOpenAiError(error))).toMatchObject({ error: { code: '1210' } });
  });

  it('is one event in a stream, whatever the message', () => {
    const event = encodeOpenAiErrorEvent(new GatewayError('upstream_reset', 'line\n\ndata: [DONE]\r\n\r\n'));
    expect(event.match(/[\r\n]+/g)).toEqual(['\n\n']);
    expect(event.startsWith('data: {"error":{')).toBe(true);
  });
});
