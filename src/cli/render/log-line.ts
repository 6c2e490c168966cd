import { plain, type Terminal } from './terminal.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';

/** Fields of pino's that are shown in places of their own. */
const SHOWN_APART = ['level', 'time', 'msg', 'err', 'v'];
const LEVEL_COLUMNS = 5;

/** One line of the JSON log for a person: time, level, message, fields. A line that is not ours is shown as it is. */
export function renderLogLine(line: string, terminal: Terminal): string {
  const entry = parse(line);
  if (entry === null) return printable(line);
  const { paint } = terminal;
  const level = textOf(entry['level'] ?? 'info');
  const fields = Object.entries(entry)
    .filter(([name]) => !SHOWN_APART.includes(name))
    .map(([name, value]) => `${paint.dim(`${plain(name)}=`)}${plain(valueText(value))}`);
  const message = plain(textOf(entry['msg']));
  const head = [
    paint.dim(localTime(entry['time'])),
    levelPaint(level, terminal)(level.padEnd(LEVEL_COLUMNS)),
    message,
    ...fields,
  ];
  return [head.filter((part) => part !== '').join(' '), ...errorLines(entry['err'], level)].join('\n');
}

function parse(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  const value = parseJson(line);
  return isObject(value) ? value : null;
}

/** Tabs of a stack are kept. */
function printable(text: string): string {
  return text.split('\t').map(plain).join('\t');
}

/** In the local time zone; Sweden writes its times the way logs do. */
function localTime(time: unknown): string {
  if (typeof time !== 'string' && typeof time !== 'number') return '';
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? plain(String(time)) : date.toLocaleString('sv-SE');
}

function levelPaint(level: string, { paint }: Terminal): (text: string) => string {
  switch (level) {
    case 'fatal':
    case 'error':
      return paint.red;
    case 'warn':
      return paint.yellow;
    case 'info':
      return paint.green;
    default:
      return paint.dim;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

function valueText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

/** pino's form of an error: `{type, message, stack}`. The stack only where somebody has to look into it. */
function errorLines(error: unknown, level: string): string[] {
  if (typeof error !== 'object' || error === null) return error === undefined ? [] : [`    ${plain(textOf(error))}`];
  const { message, stack } = error as Record<string, unknown>;
  const stackShown = (level === 'error' || level === 'fatal') && typeof stack === 'string';
  const text = stackShown ? stack : textOf(message);
  return text.split('\n').map((line) => `    ${plain(line).trim()}`);
}
