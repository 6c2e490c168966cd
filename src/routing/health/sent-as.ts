/**
 * In which state of its deployment a call was sent. `trial`: the first one after a cooldown; `last_resort`: the
 * deployment was cooled down or down, and nobody else was left. An answer to either shows that it is well again.
 */
export type SentAs = 'usual' | 'trial' | 'last_resort';
