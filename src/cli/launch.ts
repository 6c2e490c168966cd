import { basename, delimiter, dirname, isAbsolute, relative, resolve } from 'node:path';

/** How this program was called, so that what it tells people to type can be typed. */
export interface Launch {
  /** How to call it again from where the person is: `llmgw`, `node bin/llmgw.js`, `npx llmgw`. */
  readonly command: string;
  /** By `npm start`, which cannot be spelled as a command with other options. */
  readonly byNpmStart: boolean;
  /** Absolute path of the script that Node runs. */
  readonly script: string;
}

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** `process.argv[1]`. */
  readonly script: string;
  readonly cwd: string;
}

/** npm tells which script it runs (`npm_lifecycle_event`) and where it was typed (`INIT_CWD`). */
export function findLaunch(around?: Surroundings): Launch {
  const { env, script, cwd } = around ?? { env: process.env, script: process.argv[1] ?? '', cwd: process.cwd() };
  return { command: spell(env, script, cwd), byNpmStart: env['npm_lifecycle_event'] === 'start', script };
}

function spell(env: NodeJS.ProcessEnv, script: string, cwd: string): string {
  const name = basename(script, '.js');
  if (env['npm_command'] === 'exec') return 'npx llmgw';
  // Called by its name: the link that npm put on the PATH; on Windows a shim there calls the script in node_modules.
  if (!script.endsWith('.js') && onPath(env, dirname(script))) return name;
  if (/[\\/]node_modules[\\/]llmgw[\\/]bin[\\/]llmgw\.js$/.test(script)) return 'llmgw';
  const from = env['npm_lifecycle_event'] === undefined ? cwd : (env['INIT_CWD'] ?? cwd);
  const path = relative(from, script);
  const short = path.startsWith('..') || isAbsolute(path) ? script : path;
  return `node ${quoted(short)}`;
}

function onPath(env: NodeJS.ProcessEnv, folder: string): boolean {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter);
  return folders.some((entry) => entry !== '' && resolve(entry) === resolve(folder));
}

function quoted(path: string): string {
  return /^[A-Za-z0-9_./:\\@+-]+$/.test(path) ? path : `"${path}"`;
}
