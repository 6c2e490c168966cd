/** The id of a response: the exchange's, in the form of OpenAI's ids. */
export function responseIdOf(exchangeId: string): string {
  return `resp_${hexOf(exchangeId)}`;
}

/** The id of an item of it. `prefix`: `msg`, `rs`, `fc`, `ctc`, `tsc`, `ig`; `index`: its place in the output. */
export function itemIdOf(prefix: string, exchangeId: string, index: number): string {
  return `${prefix}_${hexOf(exchangeId)}${index.toString(16).padStart(4, '0')}`;
}

/** The response that an item is of, by the item's id. `null`: the id was not made here. */
export function responseIdOfItem(itemId: string): string | null {
  const [, exchange] = /^[a-z]+_([0-9a-f]{32})[0-9a-f]{4}$/.exec(itemId) ?? [];
  return exchange === undefined ? null : `resp_${exchange}`;
}

function hexOf(exchangeId: string): string {
  return exchangeId.replaceAll('-', '');
}
