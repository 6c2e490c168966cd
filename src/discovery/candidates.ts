import { isIPv6 } from 'node:net';
import { isLoopbackHost } from '../std/loopback.ts';
import { addressOf, isSameServer, isWildcard, type Address } from './address.ts';
import { readOllamaHost } from './ollama-host.ts';

/** A place where a model server may listen. */
export interface Candidate {
  /** Tried in this order; the first at which a model server answers is the one. */
  readonly addresses: readonly Address[];
  /** Asked where no model list came back, for servers that need not have one. */
  readonly secondPath?: string;
}

/** Where model servers are looked for: first where environment variables say, then the default ports. */
export function findCandidates(env: NodeJS.ProcessEnv): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const candidate of [...fromEnvironment(env), ...DEFAULTS]) {
    const known = found.some((other) =>
      other.addresses.some((a) => candidate.addresses.some((b) => isSameServer(a, b))),
    );
    if (!known) found.push(candidate);
  }
  return found;
}

/** A port of this machine: IPv4 first, since most servers bind to it alone, then IPv6. */
export function localPort(
  port: number,
  options: { apiPaths?: readonly string[]; secondPath?: string } = {},
): Candidate {
  const addresses = ['127.0.0.1', '[::1]'].map((host) => addressOf(`http://${host}:${port}`, options.apiPaths));
  return options.secondPath === undefined ? { addresses } : { addresses, secondPath: options.secondPath };
}

/** `/v1` came to Docker Model Runner as a second name of `/engines/v1`. */
const DOCKER = { apiPaths: ['/v1', '/engines/v1'] };
/** Early TGI has no model list. */
const TGI = { secondPath: '/info' };
const FOUNDRY = { secondPath: '/openai/status' };

/** 11435 is not here: the Ollama desktop app's gateway for another program listens there. */
const DEFAULTS: readonly Candidate[] = [
  localPort(11434), // Ollama
  localPort(1234), // LM Studio
  localPort(8080), // llama-server, LocalAI, mlx_lm.server, llama-swap, RamaLama
  localPort(9931), // llama-server, as announced in 2026
  localPort(8000), // vLLM, oMLX, transformers, llama-cpp-python
  localPort(30000), // SGLang
  localPort(3000, TGI),
  localPort(1337), // Jan, Osaurus
  localPort(12434, DOCKER),
  localPort(5001), // KoboldCpp
  localPort(5000), // text-generation-webui, tabbyAPI
  localPort(13305), // Lemonade
  localPort(4891), // GPT4All
  localPort(23333), // LMDeploy
  localPort(5272, FOUNDRY),
  localPort(5273, FOUNDRY),
  localPort(4000), // LiteLLM
  // Second instances
  localPort(8081),
  localPort(8001),
  localPort(8008),
  localPort(9000),
];

/**
 * Where variables have moved servers. `ollama.com` in `OLLAMA_HOST` is a provider, not a model server;
 * `PORT`, `ADDRESS` and `VLLM_PORT` mean other things too often to be read.
 */
function fromEnvironment(env: NodeJS.ProcessEnv): readonly Candidate[] {
  const found: Candidate[] = [];
  const add = (candidate: Candidate | null): void => {
    if (candidate !== null) found.push(candidate);
  };
  if (env['OLLAMA_HOST'] !== undefined) {
    const { scheme, host, port, path } = readOllamaHost(env['OLLAMA_HOST']);
    if (host !== 'ollama.com') add(atHost(scheme, host, port, path));
  }
  add(moved(env['LLAMA_ARG_HOST'], env['LLAMA_ARG_PORT'], 8080));
  add(movedTo(env['LOCALAI_ADDRESS'], 8080));
  add(moved(undefined, env['OPENEDAI_PORT'], 5000));
  add(movedTo(env['MODEL_RUNNER_HOST'], 12434, DOCKER.apiPaths));
  add(moved(undefined, env['MODEL_RUNNER_PORT'], 12434, DOCKER.apiPaths));
  add(moved(undefined, env['OSU_PORT'], 1337));
  add(moved(env['LEMONADE_HOST'], env['LEMONADE_PORT'], 13305));
  return found;
}

/** A host and a port from variables of their own; `null` when neither is set to something usable. */
function moved(
  host: string | undefined,
  port: string | undefined,
  defaultPort: number,
  apiPaths?: readonly string[],
): Candidate | null {
  const number = readPort(port);
  if (number === null && (host === undefined || host === '')) return null;
  // llama-server also takes the path of a Unix socket here.
  const name = host === undefined || !/^[\w.:[\]-]+$/.test(host) ? '127.0.0.1' : host;
  return atHost('http', name.replace(/^\[(.*)\]$/, '$1'), number ?? defaultPort, '', apiPaths);
}

/** `:8080`, `0.0.0.0:8080`, `http://host:8080` or a host alone. */
function movedTo(value: string | undefined, defaultPort: number, apiPaths?: readonly string[]): Candidate | null {
  const written = /^(?:(https?):\/\/)?(\[[^\]]+\]|[\w.-]*)(?::(\d+))?\/?$/.exec(value?.trim() ?? '');
  if (written === null || written[0] === '') return null;
  const scheme = written[1] === 'https' ? 'https' : 'http';
  const schemePort = written[1] === undefined ? defaultPort : scheme === 'https' ? 443 : 80;
  const host = (written[2] ?? '').replace(/^\[(.*)\]$/, '$1');
  return atHost(scheme, host, readPort(written[3]) ?? schemePort, '', apiPaths);
}

function atHost(scheme: string, host: string, port: number, path: string, apiPaths?: readonly string[]): Candidate {
  if (scheme === 'http' && path === '' && (isWildcard(host) || isLoopbackHost(host))) {
    const both = localPort(port, apiPaths === undefined ? {} : { apiPaths });
    return host === '::1' || host === '::' ? { addresses: both.addresses.toReversed() } : both;
  }
  const name = isWildcard(host) ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host;
  return { addresses: [addressOf(`${scheme}://${name}:${port}${path}`, apiPaths)] };
}

function readPort(text: string | undefined): number | null {
  const port = text !== undefined && /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return port >= 1 && port <= 65_535 ? port : null;
}
