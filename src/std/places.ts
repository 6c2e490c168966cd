import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where the files of ours live. Every folder is an absolute path; none is made by asking. */
export interface Places {
  /** `config.yaml`, written by people. */
  readonly config: string;
  /** The ledger and the keys: what must not be lost. */
  readonly data: string;
  /** The lock, the description of the running daemon, logs: what the next start may rebuild. */
  readonly state: string;
  /** Lists of models from providers: what may be deleted at any time. */
  readonly cache: string;
}

/** The platform's places: `LLMGW_HOME` if set, else XDG on Linux, Library on macOS, AppData on Windows. */
export function findPlaces(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): Places {
  if (env['LLMGW_HOME']) return under(resolve(env['LLMGW_HOME']));
  const home = homedir();
  if (platform === 'darwin') {
    const library = join(home, 'Library');
    return {
      config: join(library, 'Application Support', 'llmgw'),
      data: join(library, 'Application Support', 'llmgw', 'data'),
      state: join(library, 'Logs', 'llmgw'),
      cache: join(library, 'Caches', 'llmgw'),
    };
  }
  if (platform === 'win32') {
    const roaming = env['APPDATA'] || join(home, 'AppData', 'Roaming');
    const local = env['LOCALAPPDATA'] || join(home, 'AppData', 'Local');
    return {
      config: join(roaming, 'llmgw'),
      data: join(local, 'llmgw', 'data'),
      state: join(local, 'llmgw', 'state'),
      cache: join(local, 'llmgw', 'cache'),
    };
  }
  // XDG: a relative path in one of these variables must be ignored.
  const xdg = (name: string, fallback: string): string => {
    const value = env[name];
    return join(value?.startsWith('/') ? value : join(home, fallback), 'llmgw');
  };
  return {
    config: xdg('XDG_CONFIG_HOME', '.config'),
    data: xdg('XDG_DATA_HOME', '.local/share'),
    state: xdg('XDG_STATE_HOME', '.local/state'),
    cache: xdg('XDG_CACHE_HOME', '.cache'),
  };
}

function under(folder: string): Places {
  return { config: folder, data: join(folder, 'data'), state: join(folder, 'state'), cache: join(folder, 'cache') };
}
