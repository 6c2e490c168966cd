import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERRORS, GatewayError } from '../../src/canonical/errors.ts';
import type { ErrorCode, GatewayErrorOptions } from '../../src/canonical/errors.ts';
import { inLiteLlmWords, liteLlmErrorEvent } from '../../src/gateway/lite-llm-errors.ts';

const MODEL = 'smart';
const words = (code: ErrorCode, options: GatewayErrorOptions = {}) =>
  inLiteLlmWords(new GatewayError(code, 'acme answered.', options), MODEL);
const upstream = (status: number, options: GatewayErrorOptions = {}) => words('upstream_error', { status, ...options });

describe('an error in the words of LiteLLM', () => {
  // Its table of cases: status, type, param and what the message begins with.
  it.each([
    [
      'no key',
      words('invalid_api_key', { case: 'no_key' }),
      401,
      'auth_error',
      null,
      'Authentication Error, No api key passed in.',
    ],
    [
      'a malformed key',
      words('invalid_api_key', { case: 'malformed_key' }),
      401,
      'auth_error',
      null,
      'Authentication Error, Malformed API Key passed in. Ensure Key has `Bearer ` prefix.',
    ],
    [
      'an unknown key',
      words('invalid_api_key'),
      401,
      'token_not_found_in_db',
      'key',
      'Authentication Error, Invalid proxy server token passed.',
    ],
    [
      'an unknown model',
      words('model_not_found', { case: 'unknown_name', param: 'model' }),
      400,
      'invalid_request_error',
      'model',
      'Invalid model name passed in model=smart. Call `/v1/models`',
    ],
    [
      'a model without a key',
      words('no_credential', { param: 'model' }),
      400,
      'invalid_request_error',
      'model',
      'Invalid model name passed in model=smart.',
    ],
    [
      'a name whose server is away',
      words('model_not_found', { case: 'away', param: 'model' }),
      503,
      'upstream_error',
      null,
      'litellm.APIConnectionError: ',
    ],
    ['a spent budget', words('budget_exceeded'), 422, 'budget_exceeded', null, 'Budget has been exceeded!'],
    [
      'a limit of all deployments',
      words('deployments_busy', { retryAfter: '7' }),
      429,
      'throttling_error',
      null,
      'No deployments available for selected model, Try again in 7 seconds.',
    ],
    [
      'all deployments cooling',
      words('deployments_cooled', { retryAfter: '5' }),
      429,
      'throttling_error',
      null,
      'No deployments available for selected model, Try again in 5 seconds.',
    ],
    [
      'nobody who knows when',
      words('deployments_busy'),
      429,
      'throttling_error',
      null,
      'No deployments available for selected model, Try again in 5 seconds.',
    ],
    [
      'tags that forbid',
      words('no_deployment_allowed', { case: 'tags' }),
      401,
      'auth_error',
      null,
      'Not allowed to access model due to tags configuration.',
    ],
    [
      'a parameter',
      words('unsupported_parameter', { param: 'seed' }),
      400,
      'invalid_request_error',
      'seed',
      'litellm.UnsupportedParamsError: ',
    ],
    ['400', upstream(400), 400, 'invalid_request_error', null, 'litellm.BadRequestError: acme answered.'],
    ['401 of an upstream', upstream(401), 401, 'upstream_error', null, 'litellm.AuthenticationError: '],
    ['403', upstream(403), 403, 'upstream_error', null, 'litellm.PermissionDeniedError: '],
    ['404', upstream(404), 404, 'upstream_error', null, 'litellm.NotFoundError: '],
    ['408', upstream(408), 408, 'upstream_error', null, 'litellm.Timeout: '],
    ['422', upstream(422), 422, 'invalid_request_error', null, 'litellm.UnprocessableEntityError: '],
    ['429', upstream(429), 429, 'throttling_error', null, 'litellm.RateLimitError: '],
    ['500', upstream(500), 500, 'upstream_error', null, 'litellm.InternalServerError: '],
    ['502', upstream(502), 502, 'upstream_error', null, 'litellm.BadGatewayError: '],
    ['503', upstream(503), 503, 'upstream_error', null, 'litellm.ServiceUnavailableError: '],
    ['504', upstream(504), 408, 'upstream_error', null, 'litellm.Timeout: '],
    ['an overload of Anthropic', upstream(529), 503, 'upstream_error', null, 'litellm.ServiceUnavailableError: '],
    ['another status of a client', upstream(418), 418, 'upstream_error', null, 'litellm.BadRequestError: '],
    ['another status of a server', upstream(520), 520, 'upstream_error', null, 'litellm.APIError: '],
    [
      'a filter',
      upstream(400, { upstreamCode: 'content_filter' }),
      400,
      'invalid_request_error',
      null,
      'litellm.ContentPolicyViolationError: ',
    ],
    [
      'a prompt that is too long',
      words('context_length_exceeded'),
      400,
      'invalid_request_error',
      null,
      'litellm.ContextWindowExceededError: ',
    ],
    [
      'a server that is not there',
      words('upstream_refused'),
      503,
      'upstream_error',
      null,
      'litellm.APIConnectionError: ',
    ],
    ['a connection that broke', words('upstream_reset'), 502, 'upstream_error', null, 'litellm.APIConnectionError: '],
    ['a timeout', words('upstream_first_byte_timeout'), 408, 'upstream_error', null, 'litellm.Timeout: '],
    ['half an answer', words('upstream_stream_truncated'), 502, 'upstream_error', null, 'litellm.APIError: '],
  ] as const)('%s', (_case, error, status, type, param, begin) => {
    expect(error).toMatchObject({ status, type, param, code: String(status) });
    expect(error.message.slice(0, begin.length)).toBe(begin);
  });

  it.each([
    ['a name that may not be stood in for', words('model_not_found', { param: 'model' }), 404],
    ['a region that forbids', words('no_deployment_allowed'), 403],
    ['a wall of a profile', words('profile_wall'), 403],
    ['a body that is too large', words('request_too_large'), 413],
    ['a bug of ours', words('internal_error'), 500],
  ])('is ours where LiteLLM has none: %s', (_case, error, status) => {
    expect(error).toMatchObject({ status, code: String(status) });
    expect(error.message).toMatch(/^acme answered\./);
  });

  it('says which group was asked where an upstream failed', () => {
    expect(upstream(500).message).toBe('litellm.InternalServerError: acme answered. Received Model Group=smart');
    const nameless = inLiteLlmWords(new GatewayError('upstream_refused', 'gone'), null);
    expect(nameless.message).toBe('litellm.APIConnectionError: gone');
  });

  it('is the same in a stream, and the last event of it', () => {
    const event = liteLlmErrorEvent(new GatewayError('upstream_error', 'gone', { status: 500 }), MODEL);
    expect(event).toMatch(/^data: .*\n\n$/);
    expect(JSON.parse(event.slice('data: '.length))).toEqual({
      error: {
        message: 'litellm.InternalServerError: gone. Received Model Group=smart',
        type: 'upstream_error',
        param: null,
        code: '500',
      },
    });
  });

  it('always holds our own sentence and its hint, a status, and texts', () => {
    const codes = Object.keys(ERRORS) as ErrorCode[];
    fc.assert(
      fc.property(
        fc.constantFrom(...codes),
        fc.option(fc.constantFrom('tags', 'unknown_name', 'malformed_key'), { nil: undefined }),
        (code, which) => {
          const error = new GatewayError(code, 'what happened', {
            hint: 'what to do',
            ...(which === undefined ? {} : { case: which }),
          });
          const { status, message, type, code: text } = inLiteLlmWords(error, MODEL);
          expect(message).toContain('what happened what to do');
          expect(message).not.toMatch(/None|\{'/);
          expect(status).toBeGreaterThanOrEqual(400);
          expect([typeof type, text]).toEqual(['string', String(status)]);
        },
      ),
    );
  });
});
