import type { DeploymentDraft } from './deployment-draft.ts';
import type { Field } from './field.ts';
import { read } from './key-rule.ts';
import type { KeyRule, KeyTable } from './key-rule.ts';

/** Prices in dollars, in `litellm_params` or `model_info`. */
export const PRICE_KEYS: KeyTable<DeploymentDraft> = {
  input_cost_per_token: perToken('input'),
  output_cost_per_token: perToken('output'),
  cache_read_input_token_cost: perToken('cached_input'),
  cache_creation_input_token_cost: perToken('cache_write'),
};

/** For a million tokens. */
const MOST_DOLLARS = 1_000_000;

/** Spellings of prices by other units, tiers and services; LiteLLM adds some with every version. */
const OTHER_PRICE = new RegExp(
  [
    '^(?:input|output|cache_read|cache_creation|annotation|code_interpreter|file_search)_.*cost',
    '^(?:search_context_cost|citation_cost|ocr_cost|tiered_pricing|regional_processing_uplift)',
    '_cost_per_',
    '_token_cost',
  ].join('|'),
);

/** The rule for a price that has no word of its own in the table; `null`: the key is no price. */
export function otherPriceRule(key: string): KeyRule<DeploymentDraft> | null {
  return OTHER_PRICE.test(key) ? OTHER_PRICE_RULE : null;
}

const OTHER_PRICE_RULE: KeyRule<DeploymentDraft> = read((draft, field) => {
  if (field.isOff) return;
  field.asksFor('other prices', 'a price by another unit or tier than tokens');
  if (field.tree.kind !== 'scalar' || Number(field.tree.value) !== 0) draft.hasOtherPrice = true;
});

function perToken(kind: string): KeyRule<DeploymentDraft> {
  return read((draft, field) => {
    const dollars = perMillion(field);
    if (dollars !== null) draft.price[kind] ??= dollars;
  });
}

/** Dollars per million of what is written for one: the decimal point is moved in the text, so nothing is lost. */
function perMillion(field: Field): number | null {
  const text = field.text();
  if (text === null) return null;
  const parts = /^\+?(\d+\.?\d*|\.\d+)(?:e([+-]?\d{1,3}))?$/i.exec(text.replaceAll('_', ''));
  const dollars = parts?.[1] === undefined ? NaN : Number(`${parts[1]}e${Number(parts[2] ?? 0) + 6}`);
  // A pico-dollar is the least that is counted.
  if (dollars === 0 || (dollars >= 1e-6 && dollars <= MOST_DOLLARS)) return Number(dollars.toFixed(12));
  field.note('ignored', 'is not a price in dollars, so it is not used');
  return null;
}
