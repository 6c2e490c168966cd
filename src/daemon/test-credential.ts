import type { Probe, ProbeAnswer, ProbeFailure } from '../canonical/probe.ts';
import { parseModelList } from '../discovery/cloud-model-list.ts';
import { listingOf, listRequest } from '../discovery/list-request.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import { unreachable } from '../std/unreachable.ts';

/** What the provider said of a credential. `status`: of its answer. */
export type CredentialVerdict =
  | { readonly kind: 'works'; readonly models: number }
  | { readonly kind: 'wrong_key'; readonly status: number }
  | { readonly kind: 'no_network'; readonly why: string }
  | { readonly kind: 'cannot_be_told'; readonly why: string };

/**
 * Asks the provider for its list of models, which costs nothing. Where the list is open to everybody, or there is none,
 * only a paid call could tell, and none is made.
 */
export async function testCredential(active: ActiveProvider, probe: Probe): Promise<CredentialVerdict> {
  // A list that the config writes down is not asked for in daily use; here it is, for what it says of the key.
  const listing = listingOf({ ...active, configuredModels: null });
  if (listing === null)
    return { kind: 'cannot_be_told', why: 'it has no list of models, so only a paid call could tell' };
  if (active.credential === null) return { kind: 'cannot_be_told', why: 'it is used without a key' };
  if (listing.open) {
    return { kind: 'cannot_be_told', why: 'it gives its list of models to everybody, so only a paid call could tell' };
  }
  const answer = await probe(listRequest(active, listing));
  if (typeof answer === 'string') return afterFailure(answer);
  const { status, body } = answer;
  if (isRestricted(answer)) {
    return {
      kind: 'cannot_be_told',
      why: `the provider knows it, but it may not list models (status ${status}), so only a paid call could tell`,
    };
  }
  if (isWrongKey(answer)) return { kind: 'wrong_key', status };
  if (status !== 200) return { kind: 'cannot_be_told', why: `it answered with status ${status}` };
  const models = parseModelList(body, listing);
  if (models === null) return { kind: 'cannot_be_told', why: 'its answer is not a list of models' };
  return { kind: 'works', models: models.length };
}

/**
 * A key that may do some things and not this one. OpenAI: "You have insufficient permissions for this operation.
 * Missing scopes: api.model.read.", with 403 or 401 (github.com/microsoft/PowerToys/issues/32989 shows 401).
 */
function isRestricted({ status, body }: ProbeAnswer): boolean {
  return (status === 401 || status === 403) && /missing scopes|insufficient permissions/i.test(body);
}

/**
 * Two say it with 400: Gemini (reason API_KEY_INVALID, "API key not valid.") and xAI ("Incorrect API key provided",
 * github.com/continuedev/continue/issues/10778).
 */
function isWrongKey({ status, body }: ProbeAnswer): boolean {
  if (status === 401 || status === 403) return true;
  return status === 400 && /API_KEY_INVALID|API key not valid|incorrect API key/i.test(body);
}

function afterFailure(failure: ProbeFailure): CredentialVerdict {
  switch (failure) {
    case 'refused':
      return { kind: 'no_network', why: 'the connection was refused' };
    case 'timeout':
      return { kind: 'no_network', why: 'no answer came in time' };
    case 'unreachable':
    case 'aborted':
      return { kind: 'no_network', why: 'the address cannot be reached' };
    case 'tls':
      return { kind: 'no_network', why: 'the certificate is not to be trusted: something stands between' };
    case 'not_http':
      return { kind: 'no_network', why: 'what answers is not HTTP: something stands between' };
    case 'too_large':
      return { kind: 'cannot_be_told', why: 'its answer is too large' };
    default:
      return unreachable(failure);
  }
}
