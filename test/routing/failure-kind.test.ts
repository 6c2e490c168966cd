import { describe, expect, it } from 'vitest';
import { ERRORS, GatewayError } from '../../src/canonical/errors.ts';
import type { ErrorCode, GatewayErrorOptions } from '../../src/canonical/errors.ts';
import type { FailureKind } from '../../src/canonical/resilience.ts';
import { decodeError as decodeAnthropicError } from '../../src/dialects/anthropic-messages/errors.ts';
import { decodeError as decodeGeminiError } from '../../src/dialects/gemini/errors.ts';
import { decodeChatError } from '../../src/dialects/openai-chat/errors.ts';
import { deploymentFailureOf, failureKindOf, remedyOf, retryAfterMs } from '../../src/routing/failure-kind.ts';
import type { Remedy } from '../../src/routing/failure-kind.ts';
import { NOON } from '../helpers/groups.ts';

const answered = (options: GatewayErrorOptions, message = 'no'): GatewayError =>
  new GatewayError('upstream_error', message, options);
const fromChat = (status: number, error: object): GatewayError =>
  decodeChatError({ provider: 'azure', status, retryAfter: null, body: JSON.stringify({ error }) });

describe('failureKindOf', () => {
  it.each<[number, FailureKind, Remedy]>([
    [400, 'bad_request', 'nobody'],
    [401, 'authentication', 'elsewhere'],
    [402, 'authentication', 'elsewhere'],
    [403, 'authentication', 'elsewhere'],
    [404, 'not_found', 'elsewhere'],
    [405, 'not_found', 'elsewhere'],
    [408, 'timeout', 'again'],
    [409, 'server_error', 'again'],
    [410, 'not_found', 'elsewhere'],
    [413, 'bad_request', 'nobody'],
    [415, 'bad_request', 'nobody'],
    [422, 'bad_request', 'nobody'],
    [424, 'server_error', 'again'],
    [425, 'server_error', 'again'],
    [429, 'rate_limit', 'again'],
    [451, 'bad_request', 'nobody'],
    [500, 'server_error', 'again'],
    [502, 'server_error', 'again'],
    [503, 'unavailable', 'again'],
    [504, 'timeout', 'again'],
    [524, 'timeout', 'again'],
    [529, 'unavailable', 'again'],
  ])('an upstream that answers %i: %s, helped %s', (status, kind, remedy) => {
    expect(failureKindOf(answered({ status }))).toBe(kind);
    expect(remedyOf(answered({ status }))).toBe(remedy);
  });

  it.each<[string, GatewayError, FailureKind, Remedy]>([
    [
      "Azure's filter",
      fromChat(400, { message: 'The response was filtered', code: 'content_filter', type: null }),
      'content_policy',
      'other_rules',
    ],
    [
      "Azure's filter in words",
      fromChat(400, { message: "triggering Azure OpenAI's content management policy. Please modify" }),
      'content_policy',
      'other_rules',
    ],
    [
      "OpenAI's pictures",
      fromChat(400, { message: 'rejected', code: 'moderation_blocked' }),
      'content_policy',
      'other_rules',
    ],
    [
      'a filter that LiteLLM tells of',
      fromChat(400, { message: 'litellm.ContentPolicyViolationError', type: 'ContentPolicyViolationError' }),
      'content_policy',
      'other_rules',
    ],
    [
      "xAI's filter, a 403",
      fromChat(403, { message: 'Content violates usage guidelines.' }),
      'content_policy',
      'other_rules',
    ],
    ["Gemini's filter in an answer of 200", answered({ upstreamCode: 'SAFETY' }), 'content_policy', 'other_rules'],
    [
      'a prompt that is too long',
      fromChat(400, { message: "This model's maximum context length is 8192 tokens", code: 'context_length_exceeded' }),
      'context_window',
      'larger',
    ],
    [
      "Groq's minute, a 413",
      fromChat(413, { message: 'Request too large', type: 'tokens', code: 'rate_limit_exceeded' }),
      'rate_limit',
      'again',
    ],
    [
      'an empty account of OpenAI, a 429',
      fromChat(429, { message: 'You exceeded your current quota', type: 'insufficient_quota' }),
      'rate_limit',
      'elsewhere',
    ],
    [
      'an empty account of Anthropic, a 400',
      fromChat(400, { message: 'Your credit balance is too low to access the Anthropic API.' }),
      'authentication',
      'elsewhere',
    ],
    [
      'a place that Gemini does not serve, a 400',
      fromChat(400, { message: 'User location is not supported for the API use.' }),
      'authentication',
      'elsewhere',
    ],
    [
      'an organization that was shut, a 400',
      fromChat(400, { message: 'This organization has been disabled.' }),
      'authentication',
      'elsewhere',
    ],
    [
      'a model that the key may not use, a 403',
      fromChat(403, { message: 'The model `gpt-x` does not exist or you do not have access to it.' }),
      'not_found',
      'elsewhere',
    ],
    [
      "a minute's tokens, said in words only, a 413",
      fromChat(413, { message: 'Request too large for model on tokens per minute (TPM): Limit 6000' }),
      'rate_limit',
      'again',
    ],
    [
      "Anthropic's overload",
      decodeAnthropicError({
        provider: 'anthropic',
        status: 529,
        retryAfter: null,
        body: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
      }),
      'unavailable',
      'again',
    ],
    [
      "Gemini's wrong key, a 400",
      decodeGeminiError({
        provider: 'google',
        status: 400,
        retryAfter: null,
        body: '{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}',
      }),
      'authentication',
      'elsewhere',
    ],
    ['a server that is not there', new GatewayError('upstream_refused', ''), 'unavailable', 'elsewhere'],
    ['a redirect', new GatewayError('upstream_redirect', ''), 'server_error', 'elsewhere'],
    ['a circle', new GatewayError('upstream_error', '', { status: 508 }), 'server_error', 'elsewhere'],
    ['an answer that nobody may have', new GatewayError('upstream_answer_too_large', ''), 'server_error', 'nobody'],
    ['a cap of ours', new GatewayError('budget_exceeded', ''), 'bad_request', 'nobody'],
    ['a bug of ours', new GatewayError('internal_error', ''), 'server_error', 'nobody'],
  ])('%s', (_, error, kind, remedy) => {
    expect([failureKindOf(error), remedyOf(error)]).toEqual([kind, remedy]);
  });

  it('asks others for what an upstream is to blame for, and for nothing else', () => {
    const codes = (Object.keys(ERRORS) as ErrorCode[]).filter(
      (code) => remedyOf(new GatewayError(code, '')) !== 'nobody',
    );
    expect(codes.sort()).toEqual([
      'context_length_exceeded',
      'upstream_connect_timeout',
      'upstream_error',
      'upstream_first_byte_timeout',
      'upstream_idle_timeout',
      'upstream_invalid_answer',
      'upstream_no_network',
      'upstream_redirect',
      'upstream_refused',
      'upstream_reset',
      'upstream_stream_truncated',
      'upstream_total_timeout',
      'upstream_unknown_host',
      'upstream_unreachable',
    ]);
  });
});

describe('retryAfterMs', () => {
  it.each<[string | null, number | null]>([
    [null, null],
    ['20', 20_000],
    ['0.25', 250],
    [' 3 ', 3_000],
    ['0', null],
    ['-1', null],
    ['soon', null],
    ['', null],
    ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', null],
  ])('%j is %j', (header, expected) => {
    expect(retryAfterMs(header, NOON)).toBe(expected);
  });
});

describe('deploymentFailureOf', () => {
  it.each<[ErrorCode, boolean]>([
    ['upstream_refused', true],
    ['upstream_unreachable', true],
    ['upstream_connect_timeout', true],
    ['upstream_first_byte_timeout', false],
    ['upstream_reset', false],
  ])('%s: nobody can be reached: %s', (code, isUnreachable) => {
    expect(deploymentFailureOf(new GatewayError(code, 'x'), NOON).isUnreachable).toBe(isUnreachable);
  });

  it('keeps a short message, the kind and when to come back', () => {
    const failure = deploymentFailureOf(answered({ status: 429, retryAfter: '7' }, 'x'.repeat(5000)), NOON);
    expect(failure).toEqual({
      kind: 'rate_limit',
      message: 'x'.repeat(200),
      isUnreachable: false,
      retryAfterMs: 7000,
    });
  });
});
