/** Through how many llmgw a request has come: each sends on what it got, plus one. */
export const HOPS_HEADER = 'x-llmgw-hop';
/** A request that has come through so many goes in a circle. */
export const MAX_HOPS = 3;

/** The count that a request brings, in headers as name, value, name, value. A client's own request brings none: 0. */
export function hopsOf(headers: readonly string[]): number {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index];
    if (name?.length !== HOPS_HEADER.length || name.toLowerCase() !== HOPS_HEADER) continue;
    const hops = headers[index + 1] ?? '';
    return /^\d{1,3}$/.test(hops) ? Number(hops) : 0;
  }
  return 0;
}
