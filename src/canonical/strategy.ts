/** How one of several deployments is chosen, among those that can answer and are of the lowest order. */
export const STRATEGIES = [
  'in-order',
  'shuffle',
  'round-robin',
  'least-busy',
  'latency',
  'usage',
  'cost',
  'warm-first',
] as const;

export type Strategy = (typeof STRATEGIES)[number];

/**
 * Further spellings: LiteLLM's own (`routing_strategy`, its docs of 1.80 to 1.109), and those that articles about it
 * use, which LiteLLM itself refuses.
 */
const OTHER_SPELLINGS: Readonly<Record<string, Strategy>> = {
  'simple-shuffle': 'shuffle',
  'weighted-shuffle': 'shuffle',
  random: 'shuffle',
  weighted: 'shuffle',
  'least-loaded': 'least-busy',
  'latency-based': 'latency',
  'latency-based-routing': 'latency',
  'lowest-latency': 'latency',
  'usage-based': 'usage',
  'usage-based-routing': 'usage',
  'usage-based-routing-v2': 'usage',
  'lowest-tpm': 'usage',
  'rate-limit-aware': 'usage',
  'cost-based': 'cost',
  'cost-based-routing': 'cost',
  'lowest-cost': 'cost',
  cheapest: 'cost',
  ordered: 'in-order',
  priority: 'in-order',
  'warmest-first': 'warm-first',
};

/** The strategy that a text names, in any spelling, case, with `_` or `-`; `null`: none. */
export function strategyNamed(text: string): Strategy | null {
  const plain = text.trim().toLowerCase().replaceAll('_', '-');
  return STRATEGIES.find((strategy) => strategy === plain) ?? OTHER_SPELLINGS[plain] ?? null;
}
