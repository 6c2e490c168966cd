import type { Logger as PinoLogger } from 'pino';

/** The logger that rooms are handed; made by the daemon. */
export type Logger = PinoLogger;
