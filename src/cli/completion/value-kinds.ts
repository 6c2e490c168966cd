/** What the program is asked for while a word is typed. */
export const VALUE_KINDS = ['models', 'profiles', 'providers', 'keys'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];
