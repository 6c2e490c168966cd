import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The path of an agent's program, which is installed where it is not there. Each agent has a folder that names its
 * versions, so that a new version is a new folder.
 */
export function installed(agent, cache) {
  const folder = join(cache, agent.packages.join('+').replaceAll('/', '_'));
  const program = join(folder, 'node_modules', agent.program);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  console.log(`installing ${agent.packages.join(' ')} into ${folder}`);
  // Scripts of packages are not run: those of the agents only fetch what their platform packages have.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const { status } = spawnSync('npm', ['install', ...options, ...agent.packages], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm could not install ${agent.packages.join(' ')}`);
  if (!existsSync(program)) throw new Error(`${agent.packages.join(' ')} has no ${agent.program}`);
  return program;
}
