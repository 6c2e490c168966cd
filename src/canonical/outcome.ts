/**
 * How an attempt ended. `refused` is an exchange that ended before any attempt (its row has number 0);
 * `overtaken` is one that was stopped because another attempt, sent beside it, answered first;
 * `abandoned` is one whose daemon died, found open at the next start.
 */
export type Outcome = 'answered' | 'failed' | 'client_left' | 'overtaken' | 'abandoned' | 'refused';
