import type { ServerKind } from '../canonical/model.ts';
import { isLoopbackHost } from '../std/loopback.ts';

/** A discovered server that wants a name. */
export interface Nameless {
  /** Identifies the place it was found at, from round to round. */
  readonly slot: string;
  readonly kind: ServerKind;
  readonly host: string;
  readonly port: number;
}

/**
 * Names of discovered servers by slot, in the order given. The kind on its default port, `kind-port` on another, with
 * the host between on another machine; so the same servers have the same names after every restart. A name that the
 * config has given, or another server held a round ago, is not taken: the next longer form is.
 */
export function nameServers(
  servers: readonly Nameless[],
  taken: readonly string[],
  held: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const used = new Set(taken);
  const names = new Map<string, string>();
  const give = (server: Nameless, name: string): void => {
    used.add(name);
    names.set(server.slot, name);
  };
  for (const server of servers) {
    const name = held.get(server.slot);
    if (name !== undefined && !used.has(name) && formsOf(server).includes(name)) give(server, name);
  }
  for (const server of servers) {
    if (!names.has(server.slot)) give(server, freeName(server, used));
  }
  return names;
}

function freeName(server: Nameless, used: ReadonlySet<string>): string {
  const forms = formsOf(server);
  const free = forms.find((form) => !used.has(form));
  if (free !== undefined) return free;
  const longest = forms.at(-1) ?? server.kind;
  let number = 2;
  while (used.has(`${longest}-${number}`)) number += 1;
  return `${longest}-${number}`;
}

function formsOf(server: Nameless): readonly string[] {
  const { kind, host, port } = server;
  const usual = DEFAULT_PORTS[kind];
  const onDefault = usual === 'any' || usual.includes(port);
  if (!isLoopbackHost(host)) {
    // Nothing but what may stand in the name of a `server/model` pair.
    const place = host.replaceAll(/[^a-zA-Z0-9.-]/g, '-');
    return [...(onDefault ? [`${kind}-${place}`] : []), `${kind}-${place}-${port}`];
  }
  return [...(onDefault ? [kind] : []), `${kind}-${port}`];
}

/** Foundry Local is given another port at each start, so the port cannot be part of its name. */
const DEFAULT_PORTS: Readonly<Record<ServerKind, readonly number[] | 'any'>> = {
  ollama: [11434],
  lmstudio: [1234],
  'llama.cpp': [8080, 9931],
  vllm: [8000],
  sglang: [30000],
  tgi: [3000],
  localai: [8080],
  jan: [1337],
  'docker-model-runner': [12434],
  koboldcpp: [5001],
  'text-generation-webui': [5000],
  mlx: [8080],
  lemonade: [13305],
  gpt4all: [4891],
  'foundry-local': 'any',
  'llama-swap': [8080],
  osaurus: [1337],
  omlx: [8000],
  lmdeploy: [23333],
  'llama-cpp-python': [8000],
  transformers: [8000],
  litellm: [4000],
  // Says nothing by itself: always with its port.
  'openai-compatible': [],
};
