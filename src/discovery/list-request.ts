import type { ProbeRequest } from '../canonical/probe.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import type { ModelListing } from '../providers/provider.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 20_000;
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** How this provider's models are listed; `null`: they are not. */
export function listingOf(active: ActiveProvider): ModelListing | null {
  const { modelListing, apiBase } = active.provider;
  if (active.configuredModels !== null || modelListing === null) return null;
  // A whole address is the provider's own: when the provider was moved elsewhere, its key must not go there.
  if (!modelListing.path.startsWith('/') && active.apiBase !== apiBase) return null;
  return modelListing;
}

/** The request for the list, which costs nothing. One that is open to everybody is asked for without the credential. */
export function listRequest(active: ActiveProvider, listing: ModelListing): ProbeRequest {
  return {
    url: listing.path.startsWith('/') ? active.apiBase + listing.path : listing.path,
    headers: headersFor(active, listing),
    insecureTls: active.insecureTls,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
    maxBytes: MAX_LIST_BYTES,
  };
}

function headersFor(active: ActiveProvider, listing: ModelListing): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...active.provider.extraHeaders,
    ...listing.headers,
    ...Object.fromEntries(Array.from(active.headers, ([name, value]) => [name, value.reveal()])),
  };
  if (active.credential === null || listing.open) return headers;
  const form = listing.credentialHeader ?? active.provider.credentialHeader;
  if (form.kind === 'bearer') headers['authorization'] = `Bearer ${active.credential.reveal()}`;
  else headers[form.name] = active.credential.reveal();
  return headers;
}
