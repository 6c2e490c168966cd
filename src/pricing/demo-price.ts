/** The price of the built-in `demo/echo`, made up so that the whole path can be tried: $1 and $2 per million tokens. */
export const DEMO_PRICE = {
  inputPicoPerToken: 1_000_000,
  outputPicoPerToken: 2_000_000,
  version: 'llmgw demo',
} as const;
