/**
 * How an attempt ended. `refused` is an exchange that ended before any attempt (its row has number 0);
 * `abandoned` is one whose daemon died, found open at the next start.
 */
export type Outcome = 'answered' | 'failed' | 'client_left' | 'abandoned' | 'refused';
