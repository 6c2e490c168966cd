import { existsSync } from 'node:fs';
import { logFile } from '../daemon/log-file.ts';
import { Problem } from '../daemon/problem.ts';
import { findPlaces } from '../std/places.ts';
import { renderLogLine } from './render/log-line.ts';
import { findTerminal } from './render/terminal.ts';
import { followLines, lastLines, type Tail } from './tail.ts';

export interface ShowLogsOptions {
  readonly follow: boolean;
  /** How many lines of what is there to begin with. */
  readonly lines: number;
  /** As they are in the file, not for reading. */
  readonly raw: boolean;
}

/** Prints the end of the log, and what is added to it if asked, until Ctrl-C or until nobody reads it any more. */
export async function showLogs(options: ShowLogsOptions): Promise<void> {
  const file = logFile(findPlaces());
  if (!options.follow && !existsSync(file)) {
    throw new Problem('failed', `There is no log yet: ${file}`, { hint: 'It is begun by the first `llmgw start`.' });
  }
  const terminal = findTerminal();
  const show = (line: string): void => {
    process.stdout.write(`${options.raw ? line : renderLogLine(line, terminal)}\n`);
  };
  const { lines, end } = await earlierLines(file, options.lines);
  for (const line of lines) show(line);
  if (!options.follow) return;
  const ending = new AbortController();
  process.once('SIGINT', () => ending.abort());
  process.stdout.once('error', () => ending.abort());
  await followLines(file, end, show, ending.signal);
}

/** Right after a rotation most of them are in the file before. */
async function earlierLines(file: string, count: number): Promise<Tail> {
  const tail = await lastLines(file, count);
  const missing = count - tail.lines.length;
  if (missing === 0) return tail;
  const before = await lastLines(`${file}.1`, missing);
  return { lines: [...before.lines, ...tail.lines], end: tail.end };
}
