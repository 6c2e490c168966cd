import { Chalk, type ChalkInstance } from 'chalk';

/** What is written to: how wide it is, and whether it takes colours. */
export interface Terminal {
  readonly columns: number;
  readonly paint: ChalkInstance;
}

/** What a pipe is taken for, and beyond which prose does not get easier to read. */
const DEFAULT_COLUMNS = 80;
const LEAST_COLUMNS = 40;

/** Colours only on a screen, never against NO_COLOR (no-color.org); FORCE_COLOR asks for them anywhere. */
export function findTerminal(
  stream: NodeJS.WriteStream = process.stdout,
  env: NodeJS.ProcessEnv = process.env,
): Terminal {
  // Some terminals do not know how wide they are, and say 0.
  const told = stream.isTTY && stream.columns > 0 ? stream.columns : DEFAULT_COLUMNS;
  const columns = Math.max(LEAST_COLUMNS, told);
  return { columns, paint: new Chalk({ level: wantsColor(stream, env) ? 1 : 0 }) };
}

export function wantsColor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** Names come from whatever answers on a port: what would steer the terminal is taken out. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}
