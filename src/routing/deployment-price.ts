import type { ConfiguredDeployment } from '../canonical/model-group.ts';
import type { ExactRate } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import type { DeploymentBilling, TokenPrice } from './group.ts';
import type { RouteTable } from './route-table.ts';

const FREE: TokenPrice = { inputPico: 0, outputPico: 0 };

/** What tokens cost there, for comparing: as the config says, as the price data says, nothing where it is local. */
export function comparablePrice(
  table: RouteTable,
  target: Target,
  settings: ConfiguredDeployment | null,
): TokenPrice | null {
  const priceAs = settings?.priceAs ?? null;
  const found = priceAs === null ? ownPrice(table, target) : priceLike(table, priceAs);
  const price = settings?.price ?? null;
  if (price === null) return found;
  // `price: unknown`
  if (Object.values(price).every((rate) => rate === null)) return null;
  const inputPico = price.input === null ? found?.inputPico : numberOf(price.input);
  const outputPico = price.output === null ? found?.outputPico : numberOf(price.output);
  // Half a price is none: what it leaves unsaid would look free.
  return inputPico === undefined || outputPico === undefined ? null : { inputPico, outputPico };
}

/** What its calls are booked with; `null`: as the price data says of its target. */
export function billingOf(table: RouteTable, { price, priceAs }: ConfiguredDeployment): DeploymentBilling | null {
  const like = priceAs === null ? null : priceName(table, priceAs);
  return price === null && like === null ? null : { price, priceAs: like };
}

function ownPrice({ priceOf }: RouteTable, { via, locality, model }: Target): TokenPrice | null {
  if (via.kind === 'demo' || locality === 'local') return FREE;
  return via.endpoint.priceProvider === null ? null : priceOf(via.endpoint.priceProvider, model);
}

function priceLike(table: RouteTable, priceAs: string): TokenPrice | null {
  const name = priceName(table, priceAs);
  return name === null ? null : table.priceOf(name.provider, name.model);
}

/** `provider/model` or a bare model's name, as the price data calls them; `null`: it has no such provider. */
function priceName({ providers, makerOf }: RouteTable, name: string): DeploymentBilling['priceAs'] {
  const slash = name.indexOf('/');
  const named = slash < 0 ? undefined : providers.get(name.slice(0, slash));
  const model = named === undefined ? name : name.slice(slash + 1);
  const provider = (named ?? providers.get(makerOf(name) ?? ''))?.endpoint.priceProvider ?? null;
  return provider === null ? null : { provider, model };
}

function numberOf({ numerator, denominator, whole }: ExactRate): number {
  return whole ?? Number(numerator) / Number(denominator);
}
