import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireDaemonLock } from '../ledger/file-lock.ts';
import { NativeBindingMissingError } from '../ledger/ledger-errors.ts';
import type { Places } from '../std/places.ts';
import type { Secret } from '../std/secret.ts';
import { readDaemonFile, type DaemonDescription } from './daemon-file.ts';
import { readAdminToken } from './keys.ts';
import { lockFile } from './log-file.ts';
import { errorCode, Problem } from './problem.ts';
import { processRuns } from './processes.ts';
import type { ModelsDocument, ScanDocument, StatusDocument } from './status.ts';

/** Asks the daemon that runs, as the command line does. Every call has a limit and fails as a `Problem`. */
export interface DaemonClient {
  status(): Promise<StatusDocument>;
  models(): Promise<ModelsDocument>;
  scan(): Promise<ScanDocument>;
  /** Asks it to drain and end; resolves when it has agreed, not when it is gone. */
  shutdown(): Promise<void>;
}

/** `silent`: the process that the file names runs and does not answer. */
export type FoundDaemon =
  | {
      readonly state: 'running';
      readonly description: DaemonDescription;
      readonly client: DaemonClient;
      readonly status: StatusDocument;
    }
  | { readonly state: 'silent'; readonly description: DaemonDescription; readonly problem: Problem }
  | { readonly state: 'stopped' };

const ANSWER_TIMEOUT_MS = 5000;
/** A scan waits for every port that it asks. */
const SCAN_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const LOCK_LOOKS = 4;
const LOCK_LOOK_PAUSE_MS = 25;

/** The daemon of these places. What a crash left behind counts as stopped: its process is gone. */
export async function findDaemon(places: Places): Promise<FoundDaemon> {
  const description = readDaemonFile(places);
  // The token goes to no port whose owner is not known to run: after a crash that port may be anybody's.
  if (description === null || !processRuns(description.pid) || lockIsFree(places)) return { state: 'stopped' };
  const token = readAdminToken(places.data);
  if (token === null) return { state: 'stopped' };
  const client = createDaemonClient(description, token);
  try {
    const status = await client.status();
    return { state: 'running', description, client, status };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // The lock may have been held for a moment by another command that looks, as this one does.
    for (let look = 1; look <= LOCK_LOOKS; look++) {
      if (lockIsFree(places)) return { state: 'stopped' };
      await wait(LOCK_LOOK_PAUSE_MS);
    }
    return { state: 'silent', description, problem: error };
  }
}

/** After a crash another program may have got the process id: a daemon that runs holds its lock. */
function lockIsFree(places: Places): boolean {
  let lock;
  try {
    lock = acquireDaemonLock(lockFile(places));
  } catch (error) {
    // Nobody can tell then, and a daemon that runs on another Node must be found so that it can be stopped.
    if (error instanceof NativeBindingMissingError) return false;
    throw error;
  }
  lock?.release();
  return lock !== null;
}

export function createDaemonClient(address: { host: string; port: number }, token: Secret): DaemonClient {
  const ask = (method: 'GET' | 'POST', path: string, timeoutMs: number): Promise<unknown> =>
    askDaemon({ host: contactHost(address.host), port: address.port, method, path, token, timeoutMs });
  return {
    status: async () => (await ask('GET', '/llmgw/status', ANSWER_TIMEOUT_MS)) as StatusDocument,
    models: async () => (await ask('GET', '/llmgw/models', ANSWER_TIMEOUT_MS)) as ModelsDocument,
    scan: async () => (await ask('POST', '/llmgw/scan', SCAN_TIMEOUT_MS)) as ScanDocument,
    shutdown: async () => {
      await ask('POST', '/llmgw/shutdown', ANSWER_TIMEOUT_MS);
    },
  };
}

/** Where a daemon bound to this host is reached from the same machine. */
export function contactHost(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** A host as it stands in an address: IPv6 in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

interface Question {
  readonly host: string;
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token: Secret;
  readonly timeoutMs: number;
}

async function askDaemon(question: Question): Promise<unknown> {
  const where = `The daemon at http://${hostInUrl(question.host)}:${question.port}`;
  let answer;
  try {
    answer = await exchange(question);
  } catch (error) {
    const why = errorCode(error) === 'ECONNREFUSED' ? 'refuses the connection' : `does not answer: ${reasonOf(error)}`;
    throw new Problem('failed', `${where} ${why}.`, { cause: error });
  }
  if (answer.status === 401) {
    throw new Problem('failed', `${where} does not take the admin token of this data folder.`, {
      hint: 'Another LLMGW_HOME may be in force here, or the token file was replaced while the daemon ran: restart it.',
    });
  }
  if (answer.status < 200 || answer.status > 299) {
    throw new Problem('failed', `${where} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
  }
  try {
    return answer.body === '' ? null : (JSON.parse(answer.body) as unknown);
  } catch (error) {
    throw new Problem('failed', `${where} answered something that is not JSON.`, { cause: error });
  }
}

function exchange(question: Question): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: question.host,
        port: question.port,
        method: question.method,
        path: question.path,
        agent: false,
        headers: { authorization: `Bearer ${question.token.reveal()}`, accept: 'application/json' },
        signal: AbortSignal.timeout(question.timeoutMs),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES)
            incoming.destroy(new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`));
          else chunks.push(chunk);
        });
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
        incoming.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'AbortError' || error.name === 'TimeoutError' ? 'no answer in time' : error.message;
}
