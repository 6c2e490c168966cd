/**
 * The built file of one of the entries in scripts/build.js, for starting it as a thread or a process. Code run from
 * source (by the test runner) takes the one in dist/, which `npm run check` builds first.
 */
export function entryUrl(name: 'keychain' | 'ledger-keeper' | 'token-counter'): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? `../../dist/${name}.js` : `./${name}.js`, import.meta.url);
}
