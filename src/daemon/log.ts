import { pino } from 'pino';
import type { Logger } from '../std/log.ts';
import type { Secret } from '../std/secret.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { openRotatingFile } from './rotating-file.ts';

export interface Log {
  readonly logger: Logger;
  readonly file: string;
  /** From now on the text of this secret never reaches the file. */
  know(secret: Secret): void;
  /** What was logged so far is in the file. */
  flush(): void;
  close(): void;
}

export interface LogOptions {
  readonly file: string;
  /** A level of pino's: `info`. */
  readonly level: string;
  readonly maxBytes?: number;
  readonly maxFiles?: number;
}

const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
const DEFAULT_MAX_FILES = 5;
/** Of one text in a line. */
const MAX_TEXT_CHARACTERS = 64 * 1024;
const CUT_MARGIN_CHARACTERS = 4 * 1024;

/** Where keys are put in what gets logged by mistake: blanked out whatever their shape. */
const SECRET_FIELDS = ['authorization', 'api_key', 'apiKey', 'apikey', 'key', 'token', 'secret', 'password', 'cookie'];
const SECRET_PATHS = [
  ...SECRET_FIELDS,
  ...SECRET_FIELDS.map((field) => `*.${field}`),
  ...SECRET_FIELDS.map((field) => `*.*.${field}`),
  ...['', '*.', '*.*.'].map((parent) => `${parent}headers["x-api-key"]`),
  ...['', '*.', '*.*.'].map((parent) => `${parent}headers["api-key"]`),
  ...['', '*.', '*.*.'].map((parent) => `${parent}headers["x-goog-api-key"]`),
];

/** The JSON log of the daemon: one object a line, rotated by size, and no secret in it. */
export function openLog(options: LogOptions): Log {
  const redactor = createRedactor();
  const file = openRotatingFile({
    path: options.file,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    maxFiles: options.maxFiles ?? DEFAULT_MAX_FILES,
  });
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: '[secret]' },
    },
    // The line is cleaned as it is written: messages, stacks and fields of any depth alike.
    { write: (line: string) => file.write(redactor.redact(shorten(line, redactor))) },
  );
  return {
    logger,
    file: options.file,
    know: (secret) => redactor.know(secret),
    flush: () => file.flush(),
    close: () => file.close(),
  };
}

/** Cuts the texts of a line that are too long to be read: some server's answer. The line stays JSON. */
function shorten(line: string, redactor: Redactor): string {
  if (line.length <= MAX_TEXT_CHARACTERS) return line;
  const cut = (_key: string, value: unknown): unknown => {
    if (typeof value !== 'string' || value.length <= MAX_TEXT_CHARACTERS) return value;
    // A secret that is cut in two would not be known any more: its first half is in what is left out.
    const kept = redactor.redact(value.slice(0, MAX_TEXT_CHARACTERS)).slice(0, -CUT_MARGIN_CHARACTERS);
    return `${kept}… (of ${value.length} characters)`;
  };
  return `${JSON.stringify(JSON.parse(line, cut))}\n`;
}

/** For commands that look around by themselves and print what they find. */
export function createSilentLogger(): Logger {
  return pino({ level: 'silent' });
}
