/** An address of HTTP without what may be a key in it: a name and a password, a query. */
export function plainAddress(address: string): string {
  return address.replace(/[?#].*$/s, '').replace(/^([a-z]+:\/\/)[^/]*@/i, '$1');
}
