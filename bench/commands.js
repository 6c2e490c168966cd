// How long commands take as whole processes, beside Node's own start: the least and the median of so many runs, one after
// another so that a busy machine is busy for all. `node bench/commands.js [--runs 15]`
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const PROGRAM = fileURLToPath(new URL('../bin/llmgw.js', import.meta.url));
const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const runs = Number(values.runs);

const home = mkdtempSync(join(tmpdir(), 'llmgw-commands-'));
const env = { ...process.env, LLMGW_HOME: home };
writeFileSync(join(home, 'config.yaml'), 'discovery: {enabled: false}\nmodels: {fast: demo/echo}\n', { mode: 0o600 });
const llmgw = (...args) => [PROGRAM, ...args];

/** What is timed, without a daemon and with one. */
const commands = [
  ['node -e 0', ['-e', '0']],
  ['llmgw --version', llmgw('--version')],
  ['llmgw --help', llmgw('--help')],
  ['completion of models', llmgw('complete-values', 'models')],
  ['completion of profiles', llmgw('complete-values', 'profiles')],
  ['completion of providers', llmgw('complete-values', 'providers')],
  ['completion of keys', llmgw('complete-values', 'keys')],
  ['llmgw profile list', llmgw('profile', 'list')],
  ['llmgw spend', llmgw('spend')],
];
const onlyWithDaemon = [
  ['llmgw profile use', llmgw('profile', 'use', 'dev')],
  ['llmgw route gpt-4o', llmgw('route', 'gpt-4o')],
  ['llmgw top --once', llmgw('top', '--once')],
];

try {
  print('without a daemon', measure(commands));
  execFileSync(process.execPath, llmgw('start', '--demo', '--port', '0'), { env });
  try {
    print('with a daemon', measure([...commands, ...onlyWithDaemon]));
    await printSwitch();
  } finally {
    execFileSync(process.execPath, llmgw('stop'), { env });
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

function measure(list) {
  const times = new Map(list.map(([name]) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, args] of list) {
      const startedAt = performance.now();
      spawnSync(process.execPath, args, { env, stdio: 'ignore' });
      times.get(name).push(performance.now() - startedAt);
    }
  }
  return times;
}

function print(title, times) {
  console.log(`\n${title}: milliseconds, the least and the median of ${runs}`);
  for (const [name, all] of times) console.log(`  ${name.padEnd(26)} ${figures(all)}`);
}

/** The switch itself, over HTTP, without the command's own start. */
async function printSwitch() {
  const { host, port } = JSON.parse(readFileSync(join(home, 'state', 'daemon.json'), 'utf8'));
  const authorization = `Bearer ${readFileSync(join(home, 'data', 'admin-token'), 'utf8').trim()}`;
  const all = [];
  for (let run = 0; run < runs * 2; run++) {
    const startedAt = performance.now();
    const path = `/llmgw/profiles/${run % 2 === 0 ? 'prod' : 'dev'}/use`;
    await (await fetch(`http://${host}:${port}${path}`, { method: 'POST', headers: { authorization } })).text();
    all.push(performance.now() - startedAt);
  }
  console.log(`  ${'the switch alone (HTTP)'.padEnd(26)} ${figures(all)}`);
}

function figures(all) {
  const sorted = all.toSorted((one, other) => one - other);
  const shown = [sorted[0], sorted[Math.floor(sorted.length / 2)]].map((ms) => ms.toFixed(1).padStart(7));
  return shown.join(' ');
}
