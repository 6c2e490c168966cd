import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { GatewayErrorOptions } from '../../src/canonical/errors.ts';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import { backOf } from '../../src/dialects/faces.ts';
import { frontOf } from '../contract/laws.ts';
import { lawsOf } from '../contract/every-dialect.ts';

const RATE = { type: 'rate_limit_error', code: 'rate_limit_exceeded' };
const QUOTA = { type: 'insufficient_quota', code: 'insufficient_quota' };

/** Answers of 429, as the providers document or send them. */
const LIMITS: readonly (readonly [string, DialectId, object, object])[] = [
  [
    'Gemini, of a minute',
    'gemini',
    {
      error: {
        code: 429,
        message: 'You exceeded your current quota, please check your plan and billing details.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '17s' }],
      },
    },
    RATE,
  ],
  ['Bedrock', 'bedrock-converse', { __type: 'ThrottlingException', message: 'Too many requests' }, RATE],
  [
    'Anthropic',
    'anthropic-messages',
    { type: 'error', error: { type: 'rate_limit_error', message: 'This request would exceed …' } },
    RATE,
  ],
  ['Mistral', 'openai-chat', { message: 'Rate limit exceeded', type: 'rate_limited', code: '1300' }, RATE],
  ['OpenRouter', 'openai-chat', { error: { message: 'Rate limit exceeded: free-models-per-min', code: 429 } }, RATE],
  [
    'Azure',
    'openai-chat',
    { error: { code: '429', message: 'Requests to the … Operation have exceeded token rate limit.' } },
    RATE,
  ],
  [
    'OpenAI, which advises to pay for more',
    'openai-chat',
    {
      error: {
        message:
          'Rate limit reached for m on requests per min. Limit: 3 / min. You can increase your rate limit by adding ' +
          'a payment method to your account at https://platform.openai.com/account/billing.',
        type: 'requests',
        code: null,
      },
    },
    RATE,
  ],
  [
    'one that names where its limits are told',
    'openai-chat',
    { error: { message: 'Slow down. See https://acme.example/settings/billing and www.acme.example/billing.' } },
    RATE,
  ],
  [
    'one that says so in its type, with advice',
    'openai-chat',
    { error: { message: 'Too many requests. Upgrade your plan in billing.', type: 'rate_limit_error' } },
    RATE,
  ],
  ['one of tokens, with advice', 'openai-chat', { error: { message: 'Too many. See billing.', type: 'tokens' } }, RATE],
  [
    'one that is about a bill',
    'openai-chat',
    { error: { message: 'Check your plan and billing details: https://acme.example/rate-limits' } },
    QUOTA,
  ],
  [
    'one whose type says so, whatever the message does',
    'openai-chat',
    { error: { message: 'Rate limit exceeded.', type: 'insufficient_quota' } },
    QUOTA,
  ],
  [
    'Moonshot',
    'openai-chat',
    { error: { message: 'Your account is suspended', type: 'exceeded_current_quota_error' } },
    QUOTA,
  ],
  [
    'Z.ai',
    'openai-chat',
    { error: { code: '1113', message: 'Insufficient balance or no resource package. Please recharge.' } },
    QUOTA,
  ],
  [
    'OpenAI, of tokens',
    'openai-chat',
    { error: { message: 'Rate limit reached', type: 'tokens', param: null, code: 'rate_limit_exceeded' } },
    { type: 'tokens', code: 'rate_limit_exceeded' },
  ],
  [
    'OpenAI, without money',
    'openai-responses',
    { error: { message: 'You exceeded …', type: 'insufficient_quota', param: null, code: 'insufficient_quota' } },
    QUOTA,
  ],
];

function refused(dialect: DialectId, body: object): GatewayError {
  return backOf(dialect).decodeError({
    provider: 'somewhere',
    status: 429,
    retryAfter: null,
    body: JSON.stringify(body),
  });
}

function errorFor(front: DialectId, error: GatewayError): unknown {
  const written = frontOf(lawsOf(front).dialect).encodeError(error, { exchangeId: 'x' });
  return { status: written.status, error: (JSON.parse(written.body) as { readonly error: unknown }).error };
}

describe.each(LIMITS)('the rate limit of %s', (_, back, body, words) => {
  it.each(['openai-chat', 'openai-responses'] as const)('has the words that clients of %s act on', (front) => {
    expect(errorFor(front, refused(back, body))).toMatchObject({ status: 429, error: words });
  });

  it('is a rate limit to clients of Anthropic and Google', () => {
    const error = refused(back, body);
    expect(errorFor('anthropic-messages', error)).toMatchObject({ status: 429, error: { type: 'rate_limit_error' } });
    const google = errorFor('gemini', error) as { error: { details: readonly unknown[] } };
    expect(google).toMatchObject({ status: 429, error: { code: 429, status: 'RESOURCE_EXHAUSTED' } });
    expect(google.error.details[0]).toMatchObject({ reason: 'RATE_LIMIT_EXCEEDED' });
  });
});

it("keeps Google's time to wait", () => {
  const [, , body = {}] = LIMITS[0] ?? [];
  expect(refused('gemini', body).retryAfter).toBe('17');
});

describe('what is no rate limit of an upstream', () => {
  it.each<[GatewayError['code'], GatewayErrorOptions, object]>([
    ['upstream_error', { status: 400, upstreamType: 'x', upstreamCode: 'y' }, { type: 'x', code: 'y' }],
    ['upstream_error', { status: 503, upstreamCode: 3505 }, { type: 'upstream_error', code: '3505' }],
    ['budget_exceeded', {}, { type: 'budget_exceeded', code: 'budget_exceeded' }],
  ])('stays %s %j', (code, options, words) => {
    expect(errorFor('openai-chat', new GatewayError(code, 'So.', options))).toMatchObject({ error: words });
  });
});
