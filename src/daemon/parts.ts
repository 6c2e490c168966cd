import type { Places } from '../std/places.ts';
import type { StartOptions } from './daemon-file.ts';
import type { Keys } from './keys.ts';
import type { Log } from './log.ts';
import type { ReadSettings } from './start-settings.ts';

export interface RunOptions {
  readonly places: Places;
  readonly env: NodeJS.ProcessEnv;
  readonly start: StartOptions;
  /** How people call the program: `llmgw`, `node bin/llmgw.js`. */
  readonly command: string;
}

export interface AssembleOptions extends RunOptions {
  readonly started: ReadSettings;
  readonly keys: Keys;
  readonly log: Log;
  readonly instanceId: string;
  readonly startedAt: Date;
  /** What a person should know of files and keys, in sentences. */
  readonly warnings: readonly string[];
  /** Somebody with the admin token asks the daemon to end. */
  readonly onShutdown: () => void;
}
