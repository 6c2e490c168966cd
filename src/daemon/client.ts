import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireDaemonLock } from '../ledger/file-lock.ts';
import { NativeBindingMissingError } from '../ledger/ledger-errors.ts';
import { isObject } from '../std/is-object.ts';
import type { Places } from '../std/places.ts';
import type { Secret } from '../std/secret.ts';
import { readDaemonFile, type DaemonDescription } from './daemon-file.ts';
import type { DeploymentsDocument } from './deployments-document.ts';
import { readAdminToken } from './keys.ts';
import { lockFile } from './log-file.ts';
import { errorCode, Problem } from './problem.ts';
import { processRuns } from './processes.ts';
import type { ModelsDocument, ProfilesDocument, RouteDocument, ScanDocument, StatusDocument } from './status.ts';
import { parseJson } from '../std/parse-json.ts';

/** Asks the daemon that runs, as the command line does. Every call has a limit and fails as a `Problem`. */
export interface DaemonClient {
  status(): Promise<StatusDocument>;
  /** `profile`: `null` is the active one. */
  models(profile?: string | null): Promise<ModelsDocument>;
  deployments(): Promise<DeploymentsDocument>;
  profiles(): Promise<ProfilesDocument>;
  /** Switches the active profile. Fails with a `usage` problem when there is none of that name. */
  useProfile(name: string): Promise<ProfilesDocument>;
  route(question: RouteQuestion): Promise<RouteDocument>;
  /** Reads keychain, file and environment again; resolves when what was found is in force. */
  reloadCredentials(): Promise<void>;
  /** Reads the client keys again; resolves when they are in force. */
  reloadKeys(): Promise<void>;
  scan(): Promise<ScanDocument>;
  /** Asks it to drain and end; resolves when it has agreed, not when it is gone. */
  shutdown(): Promise<void>;
}

export interface RouteQuestion {
  readonly model: string;
  /** `null`: the active one. */
  readonly profile: string | null;
  /** `images`, `images/generations`: as `askedEndpoint` reads it. */
  readonly endpoint: string;
  /** As for a request that offers tools. */
  readonly tools?: boolean;
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
  const known = knownDaemon(places);
  if (known === null) return { state: 'stopped' };
  const { description } = known;
  const client = known.client();
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

/** A daemon that is known to run, not yet asked whether it answers. */
export interface KnownDaemon {
  readonly description: DaemonDescription;
  /** `answerTimeoutMs`: for every call but those that wait for something themselves; default 5 s. */
  client(answerTimeoutMs?: number): DaemonClient;
}

/** `null`: none runs. The token goes to no port whose owner is not known to run: after a crash it may be anybody's. */
export function knownDaemon(places: Places): KnownDaemon | null {
  const description = readDaemonFile(places);
  if (description === null || !processRuns(description.pid) || lockIsFree(places)) return null;
  const token = readAdminToken(places.data);
  if (token === null) return null;
  return { description, client: (answerTimeoutMs) => createDaemonClient(description, token, answerTimeoutMs) };
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

function createDaemonClient(
  address: { host: string; port: number },
  token: Secret,
  answerTimeoutMs: number = ANSWER_TIMEOUT_MS,
): DaemonClient {
  const ask = (method: 'GET' | 'POST', path: string, timeoutMs: number): Promise<unknown> =>
    askDaemon({ host: contactHost(address.host), port: address.port, method, path, token, timeoutMs });
  return {
    status: async () => (await ask('GET', '/llmgw/status', answerTimeoutMs)) as StatusDocument,
    models: async (profile = null) =>
      (await ask('GET', `/llmgw/models${query({ profile })}`, answerTimeoutMs)) as ModelsDocument,
    deployments: async () => (await ask('GET', '/llmgw/deployments', answerTimeoutMs)) as DeploymentsDocument,
    profiles: async () => (await ask('GET', '/llmgw/profiles', answerTimeoutMs)) as ProfilesDocument,
    useProfile: async (name) =>
      (await ask('POST', `/llmgw/profiles/${encodeURIComponent(name)}/use`, answerTimeoutMs)) as ProfilesDocument,
    route: async ({ model, profile, endpoint, tools }) => {
      const asked = query({ model, profile, endpoint, tools: tools === true ? 'true' : null });
      return (await ask('GET', `/llmgw/route${asked}`, answerTimeoutMs)) as RouteDocument;
    },
    reloadCredentials: async () => {
      await ask('POST', '/llmgw/credentials/reload', SCAN_TIMEOUT_MS);
    },
    reloadKeys: async () => {
      await ask('POST', '/llmgw/keys/reload', answerTimeoutMs);
    },
    scan: async () => (await ask('POST', '/llmgw/scan', SCAN_TIMEOUT_MS)) as ScanDocument,
    shutdown: async () => {
      await ask('POST', '/llmgw/shutdown', answerTimeoutMs);
    },
  };
}

/** The members that are there, as the query of an address. */
function query(members: Readonly<Record<string, string | null>>): string {
  const written = Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== null);
  return written.length === 0 ? '' : `?${new URLSearchParams(written).toString()}`;
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
  if (answer.status < 200 || answer.status > 299) throw refusalOf(answer, where);
  try {
    return answer.body === '' ? null : (JSON.parse(answer.body) as unknown);
  } catch (error) {
    throw new Problem('failed', `${where} answered something that is not JSON.`, { cause: error });
  }
}

/** What the daemon says of its refusal, in its own words; what is not its error shape, as it came. */
function refusalOf(answer: { status: number; body: string }, where: string): Problem {
  const error = errorIn(answer.body);
  if (error === null) return new Problem('failed', `${where} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
  const kind = error.code === 'profile_not_found' ? 'usage' : 'failed';
  return new Problem(kind, error.message);
}

function errorIn(body: string): { code: unknown; message: string } | null {
  const parsed = parseJson(body);
  const error = isObject(parsed) && isObject(parsed['error']) ? parsed['error'] : null;
  const message = error?.['message'];
  return typeof message === 'string' ? { code: error?.['code'], message } : null;
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
