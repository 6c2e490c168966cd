import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A D-Bus session of its own, with gnome-keyring in it or without. */
export interface Keyring {
  /** What a program needs to find it. */
  readonly env: NodeJS.ProcessEnv;
  /** Locks its one collection, as closing a laptop may. */
  lock(): void;
  /** What Seahorse does: removes an entry behind our back. */
  removeEntry(account: string): void;
  /** `account` of every entry of the service. */
  entries(): string[];
  close(): Promise<void>;
}

export interface KeyringOptions {
  /** Without it there is a bus and nobody on it, and nothing that could be started. */
  readonly service?: boolean;
  /** Whoever asks for the password of a locked keyring gets no answer, as from a dialog that nobody sees. */
  readonly prompt?: 'fails' | 'hangs';
}

const NEEDED = ['dbus-run-session', 'gnome-keyring-daemon', 'dbus-send', 'secret-tool'];

/** Why there is no real keyring here; `null`: there can be one. */
export function whyNoKeyring(): string | null {
  if (process.platform !== 'linux') return 'gnome-keyring is for Linux';
  const missing = NEEDED.filter((program) => spawnSync('which', [program]).status !== 0);
  return missing.length === 0 ? null : `${missing.join(', ')} not installed`;
}

export async function startKeyring({ service = true, prompt = 'fails' }: KeyringOptions = {}): Promise<Keyring> {
  const folder = mkdtempSync(join(tmpdir(), 'llmgw-keyring-'));
  const runtime = join(folder, 'run');
  const services = join(folder, 'data', 'dbus-1', 'services');
  mkdirSync(runtime, { mode: 0o700 });
  mkdirSync(services, { recursive: true });
  const pids = join(folder, 'prompters');
  const program = join(folder, 'prompter.sh');
  writeFileSync(program, `echo $$ >> ${pids}\nexec sleep 60\n`);
  const prompter = prompt === 'hangs' ? `/bin/sh ${program}` : '/bin/false';
  const lines = ['[D-BUS Service]', 'Name=org.gnome.keyring.SystemPrompter', `Exec=${prompter}`, ''];
  writeFileSync(join(services, 'org.gnome.keyring.SystemPrompter.service'), lines.join('\n'));
  const config = join(folder, 'session.conf');
  writeFileSync(config, busConfig(services));
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_RUNTIME_DIR: runtime,
    XDG_DATA_HOME: join(folder, 'data'),
  };
  const unlock = service ? 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;' : '';
  const script = `${unlock} echo "bus $DBUS_SESSION_BUS_ADDRESS"; cat >/dev/null`;
  const session = spawn('dbus-run-session', [`--config-file=${config}`, '--', 'sh', '-c', script], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(session, 'close');
  const address = await addressFrom(session.stdout);
  const bus = { ...env, DBUS_SESSION_BUS_ADDRESS: address };
  const run = (program: string, args: readonly string[]): string =>
    execFileSync(program, args, { env: bus, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime },
    lock: () => {
      const path = '/org/freedesktop/secrets';
      const call = ['--session', '--print-reply', '--dest=org.freedesktop.secrets', path];
      run('dbus-send', [...call, 'org.freedesktop.Secret.Service.Lock', `array:objpath:${path}/collection/login`]);
    },
    removeEntry: (account) => {
      run('secret-tool', ['clear', 'service', 'llmgw', 'username', account]);
    },
    entries: () => {
      const found = spawnSync('secret-tool', ['search', '--all', 'service', 'llmgw'], { env: bus, encoding: 'utf8' });
      return [...`${found.stdout}${found.stderr}`.matchAll(/^attribute\.username = (.*)$/gm)].map(
        ([, one = '']) => one,
      );
    },
    close: async () => {
      // It is no child of the session, and does not always notice that its bus is gone.
      const owner = service ? ownerOf('org.freedesktop.secrets', bus) : null;
      if (owner !== null) end(owner);
      session.stdin.end();
      await ended;
      for (const pid of startedBy(pids)) end(pid);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The process that has a name on a bus. */
function ownerOf(name: string, env: NodeJS.ProcessEnv): number | null {
  const question = 'org.freedesktop.DBus.GetConnectionUnixProcessID';
  const call = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', question, `string:${name}`];
  const pid = /uint32 (\d+)/.exec(spawnSync('dbus-send', call, { env, encoding: 'utf8' }).stdout)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** The bus leaves what it started running when it ends. */
function startedBy(pids: string): number[] {
  return existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [];
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A bus that starts what this folder names, and nothing of the system. */
function busConfig(services: string): string {
  return [
    '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"',
    ' "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">',
    '<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>',
    `<servicedir>${services}</servicedir>`,
    '<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>',
    '</busconfig>',
  ].join('\n');
}

async function addressFrom(output: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of output) {
    text += chunk.toString('utf8');
    const address = /^bus (.*)$/m.exec(text)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('the D-Bus session did not start');
}
