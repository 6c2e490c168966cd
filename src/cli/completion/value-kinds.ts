/**
 * What the program is asked for while a word is typed. `keys` are of clients; `stored_accounts` are of providers, and
 * `testable_accounts` those of which a key can be found.
 */
export const VALUE_KINDS = [
  'models',
  'profiles',
  'providers',
  'keys',
  'removable_keys',
  'stored_accounts',
  'testable_accounts',
] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];
