import { expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { ErrorCode } from '../../src/canonical/errors.ts';
import { mayHaveCost } from '../../src/gateway/settlement.ts';

const FACTS = {
  doneAt: null,
  headers: {},
  actualModel: null,
  responseId: null,
  usage: null,
  kept: null,
  isStream: false,
};

it.each<[string, number | null, number | null, ErrorCode | null, boolean]>([
  ['an answer', 200, null, null, true],
  ['a refused connection', null, null, 'upstream_refused', false],
  ['a host that cannot be reached', null, null, 'upstream_unreachable', false],
  ['a host that nobody knows', null, null, 'upstream_unknown_host', false],
  ['no network', null, null, 'upstream_no_network', false],
  ['a connection that was not taken', null, null, 'upstream_connect_timeout', false],
  ['no answer in time', null, null, 'upstream_first_byte_timeout', true],
  ['a connection that broke before the answer', null, null, 'upstream_reset', true],
  ['half a JSON', 200, null, 'upstream_invalid_answer', true],
  ['an answer that was too large', 200, null, 'upstream_answer_too_large', true],
  ['an error of the upstream', 429, null, 'upstream_error', false],
  ['an error as first event', 200, null, 'upstream_error', false],
  ['an error after the first token', 200, 1, 'upstream_error', true],
  ['a redirect', 302, null, 'upstream_redirect', false],
])('%s', (_what, status, firstTokenAt, code, expected) => {
  const error = code === null ? null : new GatewayError(code, 'It failed.');
  expect(mayHaveCost({ ...FACTS, status, firstTokenAt }, error)).toBe(expected);
});
