import type { DeploymentDraft } from './deployment-draft.ts';
import type { Field } from './field.ts';
import { escapeDollars } from './value.ts';
import type { NativeMap } from './value.ts';

const PREFIX = 'auto_router/';

export function isAutoRouter(draft: DeploymentDraft): boolean {
  return draft.connection.model?.text.startsWith(PREFIX) === true;
}

/**
 * The rules that choose a group by the request, as near as rules come to what LiteLLM's router weighs. `null`: it names
 * no group that could be asked.
 */
export function autoRules({ autoRouter }: DeploymentDraft, entry: Field): NativeMap[] | null {
  const config = autoRouter.get('complexity_router_config')?.fields();
  const usual =
    config?.get('default_model')?.text() ??
    autoRouter.get('complexity_router_default_model')?.text() ??
    autoRouter.get('auto_router_default_model')?.text() ??
    null;
  const tiers = config?.get('tiers')?.fields();
  if (tiers === undefined || tiers === null) {
    if (usual === null) return null;
    entry.needs('later', 'routers by meaning', BY_MEANING);
    return [{ use: escapeDollars(usual) }];
  }
  entry.note('reading', 'weighs the prompt by points in LiteLLM; llmgw goes by rules for its length, words and tools');
  const [simple, medium, complex, reasoning] = ['SIMPLE', 'MEDIUM', 'COMPLEX', 'REASONING'].map((tier) => {
    return (tiers.get(tier) ?? tiers.get(tier.toLowerCase()))?.texts()[0] ?? null;
  });
  const rules: NativeMap[] = [];
  const add = (when: NativeMap, use: string | null | undefined) => {
    if (use !== null && use !== undefined) rules.push({ when, use: escapeDollars(use) });
  };
  add({ effort: 'high' }, reasoning);
  add({ words: REASONING_WORDS }, reasoning);
  add({ tokens_over: 2000 }, complex);
  add({ words: COMPLEX_WORDS }, complex);
  add({ tokens_over: 200 }, medium);
  add({ words: MEDIUM_WORDS }, medium);
  const last = simple ?? usual ?? medium ?? complex ?? reasoning ?? null;
  return last === null ? null : [...rules, { use: escapeDollars(last) }];
}

const BY_MEANING = 'asks for a choice by the meaning of the prompt, not served yet; the default model answers instead';

/** Words in a question that tell how hard it is, in our own choice. */
const REASONING_WORDS = ['prove', 'proof', 'derive', 'deduce', 'theorem', 'step by step', 'think through'];
const COMPLEX_WORDS = ['architecture', 'refactor', 'distributed', 'concurrency', 'optimize', 'algorithm', 'migrate'];
const MEDIUM_WORDS = ['code', 'function', 'debug', 'implement', 'explain', 'compare', 'analyze', 'summarize', 'write'];
