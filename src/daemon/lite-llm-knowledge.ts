import { liteLlmWord } from '../config/litellm/provider-words.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LiteLlmKnowledge } from '../server/server.ts';
import type { Control } from './control.ts';
import type { DeploymentHealth } from './deployment-health.ts';

export interface KnowledgeParts {
  readonly control: Pick<Control, 'lookout' | 'settings'>;
  readonly health: DeploymentHealth;
  readonly ledger: Pick<Ledger, 'status'>;
}

/** What the server tells in LiteLLM's words. */
export function liteLlmKnowledge({ control, health, ledger }: KnowledgeParts): LiteLlmKnowledge {
  return {
    words: (name) => wordFor(name, control),
    health: health.book,
    isLedgerWritable: () => ledger.status().writable,
  };
}

/** What LiteLLM calls a server or provider of this name; `openai-eu` of the config may be an account of `openai`. */
function wordFor(name: string, { lookout, settings }: KnowledgeParts['control']): string {
  const server = lookout?.servers().find((one) => one.name === name);
  if (server !== undefined) return liteLlmWord({ kind: 'server', server: server.kind });
  const account = settings.providers.find(({ id }) => id === name);
  return liteLlmWord({ kind: 'provider', id: account?.type ?? name });
}
