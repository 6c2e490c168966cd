import { stat } from 'node:fs/promises';
import { candidatePaths, loadSettings } from './load.ts';
import type { LoadOptions } from './load.ts';
import type { LoadedSettings } from './parse.ts';
import { aboutFile, revisionOf } from './read-file.ts';
import { ConfigError } from './problem.ts';

/** What became of the config file. `rejected`: it cannot be used as it is now, and what was in force stays. */
export type ConfigChange =
  | { readonly kind: 'loaded'; readonly loaded: LoadedSettings }
  | { readonly kind: 'rejected'; readonly error: ConfigError };

export interface WatchOptions extends LoadOptions {
  /** Is called when the content changed, never for a mere touch, and never after `close()`. */
  readonly onChange: (change: ConfigChange) => void;
  /** The settings that are in force. */
  readonly inForce: Pick<LoadedSettings, 'revision' | 'furtherFiles'>;
}

export interface ConfigWatcher {
  close(): void;
}

/** A change is in force within the two together: well below a second. */
const LOOK_INTERVAL_MS = 400;
/** A file that was just written is read once it has been the same for so long: programs write in pieces. */
const SETTLE_MS = 100;

/**
 * Follows the config file by asking the system for its state every now and then. That costs 0.3 % of a core and,
 * unlike the system's notices, works the same where editors replace the file, where it or a folder above is a symbolic
 * link, where it comes later, on bind mounts and on network folders. Only when the state changed is the file read.
 */
export function watchConfig(options: WatchOptions): ConfigWatcher {
  return new Watcher(options);
}

class Watcher implements ConfigWatcher {
  readonly #options: WatchOptions;
  /** Where the config file may be, and what is read beside it. */
  #paths: readonly string[];
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  /** State of the paths when the file was last read. */
  #read: string | null = null;
  /** A new state that must be seen once more before the file is read; `null`: nothing moves. */
  #moving: string | null = null;
  /** The revision of the text that was told last, or the mistakes in it. */
  #told: string;
  #hadFile: boolean;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { revision, furtherFiles } = options.inForce;
    this.#paths = [...candidatePaths(options), ...furtherFiles];
    this.#told = revision;
    this.#hadFile = revision !== revisionOf(null);
    // The first look is at once: the file may have changed since what is in force was read.
    this.#lookIn(0);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #lookIn(delayMs: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look(), delayMs);
    // Looking alone keeps no process alive.
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const state = (await Promise.all(this.#paths.map(stateOf))).join('\n');
    if (this.#closed) return;
    const settled = state === this.#moving;
    this.#moving = settled || state === this.#read ? null : state;
    if (settled) {
      this.#read = state;
      this.#readAnew();
    }
    this.#lookIn(this.#moving === null ? LOOK_INTERVAL_MS : SETTLE_MS);
  }

  #readAnew(): void {
    const change = this.#changeNow();
    if (change !== null) this.#options.onChange(change);
  }

  /** `null`: there is nothing to tell that was not told before. */
  #changeNow(): ConfigChange | null {
    const before = this.#told;
    try {
      const loaded = loadSettings(this.#options);
      const { revision, furtherFiles } = loaded;
      // Caps and walls do not go away with a file that is moved for a moment, or deleted by mistake.
      const isGone = revision === revisionOf(null);
      if (isGone && this.#hadFile) throw aboutFile(this.#paths[0] ?? '', GONE);
      this.#follow(furtherFiles);
      if (revision === before) return null;
      this.#hadFile = !isGone;
      this.#told = revision;
      return { kind: 'loaded', loaded };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      // A file that it includes, and that is not there, may come.
      this.#follow([...this.#paths, ...error.problems.map(({ file }) => file)]);
      this.#told = `rejected: ${error.message}`;
      return this.#told === before ? null : { kind: 'rejected', error };
    }
  }

  #follow(furtherFiles: readonly string[]): void {
    this.#paths = [...new Set([...candidatePaths(this.#options), ...furtherFiles])];
  }
}

const GONE = 'is gone; what it said stays in force until llmgw is restarted';

/** What changes whenever a file does, its links followed; of one that is not there, why. */
async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mode, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mode, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    // Any failure is a state too: reading the file says it in words.
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
