import { formatUsd } from '../canonical/money.ts';
import type { PicoUsd } from '../canonical/money.ts';
import type { Group } from '../routing/group.ts';
import { plainAddress } from '../std/plain-address.ts';
import { VERSION } from '../std/version.ts';
import { headerText } from './answer-headers.ts';
import { hideSecrets, secretsTo } from './hide-secrets.ts';
import type { Opened } from './sending.ts';

/**
 * The version of LiteLLM whose statuses, headers and routes are kept here, and behind it, as what both Python and
 * semantic versions take for a build, who keeps them.
 */
export const LITELLM_VERSION = `1.109.0+llmgw.${VERSION.replaceAll('-', '.')}`;

export interface LiteLlmFacts {
  readonly callId: string;
  /** That of the name which was asked for; `null`: it came to no plan. */
  readonly group: Group | null;
  /** The attempt whose answer, or error, it is; `null`: nobody's. */
  readonly answeredBy: Opened | null;
  /** Attempts that were sent, and groups that were asked after the first; `null`: it is too early to say. */
  readonly progress: { readonly attempts: number; readonly fallbacks: number } | null;
  /** The upstream's headers that the client gets: name, value, name, value. */
  readonly passed: readonly string[];
  /** `null`: not known, or not yet. */
  readonly costPico: PicoUsd | null;
  readonly overheadMs: number;
  /** Of all of the answer; `null`: it has only begun. */
  readonly durationMs: number | null;
}

/** Adds LiteLLM's headers, of which those are left out that nobody here knows. */
export function addLiteLlmHeaders(list: string[], facts: LiteLlmFacts): void {
  const { callId, answeredBy, costPico, overheadMs, durationMs, passed } = facts;
  list.push('x-litellm-call-id', callId, 'x-litellm-version', LITELLM_VERSION);
  const group = answeredBy?.group ?? facts.group;
  if (group !== null) list.push('x-litellm-model-group', headerText(group.name));
  if (answeredBy !== null) addDeployment(list, answeredBy);
  if (costPico !== null) list.push('x-litellm-response-cost', formatUsd(costPico));
  if (durationMs !== null) list.push('x-litellm-response-duration-ms', durationMs.toFixed(3));
  list.push('x-litellm-overhead-duration-ms', overheadMs.toFixed(3));
  if (group !== null) addProgress(list, facts, group);
  for (let index = 0; index + 1 < passed.length; index += 2) {
    list.push(`llm_provider-${passed[index] ?? ''}`, passed[index + 1] ?? '');
  }
}

function addDeployment(list: string[], { deployment, target, wire, wishes }: Opened): void {
  const { id, terms } = deployment;
  list.push('x-litellm-model-id', headerText(id));
  if (target.via.kind === 'network' && wire.mock === null) {
    const address = hideSecrets(plainAddress(wire.address.apiBase), secretsTo(target, wire));
    list.push('x-litellm-model-api-base', headerText(address));
  }
  if (terms.region !== null) list.push('x-litellm-model-region', headerText(terms.region));
  // What its file calls `timeout` is how long an answer may take to begin.
  const timeoutMs = wishes.timeoutMs ?? terms.timeouts.totalMs ?? terms.timeouts.firstByteMs;
  if (timeoutMs !== null) list.push('x-litellm-timeout', String(timeoutMs / 1000));
}

/** An attempt at a deployment that was asked before, or at another one of the same group, is what it calls a retry. */
function addProgress(list: string[], { progress, answeredBy }: LiteLlmFacts, { resilience }: Group): void {
  if (progress !== null) {
    const retries = Math.max(0, progress.attempts - 1 - progress.fallbacks);
    list.push('x-litellm-attempted-retries', String(retries));
    list.push('x-litellm-attempted-fallbacks', String(progress.fallbacks));
  }
  const { disableFallbacks = false, retries = null } = answeredBy?.wishes ?? {};
  list.push('x-litellm-max-retries', String(retries ?? resilience.retry.retries));
  list.push('x-litellm-max-fallbacks', String(disableFallbacks ? 0 : resilience.maxFallbacks));
}
