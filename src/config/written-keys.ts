import { Secret } from '../std/secret.ts';
import { hasLiteralPart } from './environment.ts';
import { isKeychainReference } from './fields.ts';
import type { LiteLlmReading } from './litellm/read.ts';
import { formatPath, lineOf, startsOfLines } from './problem.ts';
import type { ConfigPath } from './problem.ts';
import type { ConfigText } from './read-file.ts';
import { readYaml } from './read-yaml.ts';
import { keyHeaders, NATIVE_HEADERS } from './secret-places.ts';
import { childrenOf, partAt, textsAt } from './tree.ts';
import type { LocatedText, Tree } from './tree.ts';
import { isObject } from '../std/is-object.ts';

/** A key that stands in a config file as it is. */
export interface WrittenKey {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly path: string;
  /** From where in the text on. */
  readonly at: number;
  readonly secret: Secret;
  /** The account of the keychain that could hold it in its place: `openai`; `null`: it has none. */
  readonly account: string | null;
}

/** The keys that are written out in a file; of what it includes nothing. Texts that can be no keys are passed over. */
export function writtenKeys({ text }: ConfigText, liteLlm: LiteLlmReading | null): readonly WrittenKey[] {
  const { tree } = readYaml(text, 'last counts');
  if (tree === null) return [];
  const found = liteLlm === null ? keysOfNative(tree) : keysOfLiteLlm(tree, liteLlm);
  const lineStarts = startsOfLines(text);
  return found
    .filter(({ text: key }) => isKey(key))
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, path, text: key, account }) => {
      const line = lineOf(lineStarts, at);
      const column = at - (lineStarts[line - 1] ?? 0) + 1;
      return { line, column, path: formatPath(path), at, secret: new Secret(key.trim()), account };
    });
}

interface FoundKey extends LocatedText {
  readonly account: string | null;
}

/** What files of examples have where a key would be, and what servers without keys are given. */
const NO_KEY = /^(?:sk-1234\S*|.*(?:example|dummy|fake|placeholder|changeme|your|xxxx|\.\.\.|<.*>|not-?needed).*)$/i;
/** Real ones are longer. */
const LEAST_CHARACTERS = 12;

function isKey(text: string): boolean {
  // A header may have the scheme before it.
  const key = text.trim().replace(/^(?:basic|bearer)\s+/i, '');
  return key.length >= LEAST_CHARACTERS && /^[\x21-\x7e]+$/.test(key) && !NO_KEY.test(key) && !isElsewhere(key);
}

function isElsewhere(key: string): boolean {
  return key.startsWith('os.environ/') || isKeychainReference(key);
}

function keysOfNative(tree: Tree): FoundKey[] {
  const ofProviders = textsAt(tree, ['providers', '*', 'api_key']).map((key) => {
    // What a variable is a part of would be another key in the keychain.
    return { ...key, account: key.text.includes('${') ? null : String(key.path[1]) };
  });
  const places = [...OTHER_NATIVE.flatMap((place) => textsAt(tree, place)), ...keyHeaders(tree, NATIVE_HEADERS)];
  const others = places.map((key) => ({ ...key, account: null }));
  return [...ofProviders, ...others].filter(({ path }) => {
    const part = partAt(tree, path);
    return part?.kind === 'scalar' && hasLiteralPart(part.written);
  });
}

const OTHER_NATIVE: readonly ConfigPath[] = [
  ['server', 'master_key'],
  ['servers', '*', 'api_key'],
  ['providers', '*', 'aws', '*'],
];

const SECRET_NAME = /KEY|SECRET|TOKEN|PASSWORD/i;

function keysOfLiteLlm(tree: Tree, reading: LiteLlmReading): FoundKey[] {
  const ofModels = textsAt(tree, ['model_list', '*', 'litellm_params', 'api_key']);
  const accounts = accountsOf(ofModels, reading);
  const others = [
    ['general_settings', 'master_key'],
    ...OTHER_PARAMS.map((name) => ['model_list', '*', 'litellm_params', name]),
    ['credential_list', '*', 'credential_values', 'api_key'],
  ].flatMap((place) => textsAt(tree, place));
  const headers = keyHeaders(tree, LITELLM_HEADERS);
  const variables = childrenOf(partAt(tree, ['environment_variables'])).flatMap(([name]) => {
    return SECRET_NAME.test(String(name)) ? textsAt(tree, ['environment_variables', name]) : [];
  });
  return [
    ...ofModels.map((key) => ({ ...key, account: accounts.get(key.text.trim()) ?? null })),
    ...[...others, ...headers, ...variables].map((key) => ({ ...key, account: null })),
  ];
}

const OTHER_PARAMS = ['aws_secret_access_key', 'aws_session_token', 'azure_ad_token', 'client_secret'];
const LITELLM_HEADERS: readonly ConfigPath[] = [
  ['model_list', '*', 'litellm_params', 'extra_headers', '*'],
  ['model_list', '*', 'litellm_params', 'headers', '*'],
];

/** An account for each key: the provider's own where it has this key only, else one by the name of the first model. */
function accountsOf(keys: readonly LocatedText[], reading: LiteLlmReading): ReadonlyMap<string, string> {
  const groups = new Map(reading.origins.map(({ entry, group }) => [entry, group]));
  const byProvider = new Map<string, NamedKeys>();
  for (const { path, text } of keys) {
    const entry = Number(path[1]);
    const provider = isKey(text) ? providerOf(entry, reading) : null;
    if (provider === null) continue;
    const known = byProvider.get(provider) ?? new NamedKeys();
    known.add(text.trim(), groups.get(entry) ?? '');
    byProvider.set(provider, known);
  }
  const accounts = new Map<string, string>();
  for (const [provider, { names }] of byProvider) {
    for (const [key, name] of names) accounts.set(key, names.size === 1 ? provider : `${provider}:${name}`);
  }
  return accounts;
}

/** The provider that an entry of `model_list` asks; `null`: a model server, or it is left out. */
function providerOf(entry: number, { origins, native }: LiteLlmReading): string | null {
  const origin = origins.find((one) => one.entry === entry);
  const models = native['models'];
  const group = origin !== undefined && isObject(models) ? models[origin.group] : undefined;
  const deployments = isObject(group) ? group['deployments'] : undefined;
  const deployment: unknown = Array.isArray(deployments) ? deployments[origin?.position ?? 0] : undefined;
  const target = isObject(deployment) ? deployment['target'] : undefined;
  if (typeof target !== 'string') return null;
  const name = target.slice(0, Math.max(0, target.indexOf('/')));
  const providers = native['providers'];
  const own = isObject(providers) ? providers[name] : undefined;
  if (!isObject(own)) return null;
  // A key for another host is none of the provider's.
  const isElsewhere = typeof own['base_url'] === 'string';
  return typeof own['type'] === 'string' && !isElsewhere ? own['type'] : name;
}

const NAME_CHARACTERS = 64;
const COUNT_CHARACTERS = 6;

/** The keys of one provider, each with a name of its own by the first group that has it. */
class NamedKeys {
  readonly names = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** By what a name begins with, the last number behind it. */
  readonly #counts = new Map<string, number>();

  add(key: string, group: string): void {
    if (this.names.has(key)) return;
    const plain = group.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, NAME_CHARACTERS - COUNT_CHARACTERS) || 'key';
    let count = this.#counts.get(plain) ?? 0;
    let name;
    do {
      count++;
      name = count === 1 ? plain : `${plain}-${count}`;
    } while (this.#taken.has(name));
    this.#counts.set(plain, count);
    this.#taken.add(name);
    this.names.set(key, name);
  }
}

/**
 * The text with other words in the place of keys, in the quotes that they had. A key that an alias repeats is changed
 * where it is written. `null`: one of them is not written out, or what repeats it would be changed besides.
 */
export function withReferences(
  text: string,
  keys: readonly Pick<WrittenKey, 'at' | 'secret'>[],
  reference: string,
): string | null {
  const places = new Map(keys.map(({ at, secret }) => [at, secret.reveal()]));
  let changed = text;
  for (const [at, key] of [...places].toSorted(([one], [other]) => other - one)) {
    if (changed.startsWith('*', at)) continue;
    const quote = ['"', "'", ''].find((mark) => changed.startsWith(`${mark}${key}${mark}`, at));
    if (quote === undefined) return null;
    const end = at + key.length + 2 * quote.length;
    changed = `${changed.slice(0, at)}${quote}${reference}${quote}${changed.slice(end)}`;
  }
  const secrets = new Set(places.values());
  const [before, after] = [timesIn(text, secrets), timesIn(changed, secrets)];
  return before !== null && after === before - keys.length ? changed : null;
}

/** How many values of a file hold one of the keys, those of aliases too; `null`: nobody can read the file. */
function timesIn(text: string, keys: ReadonlySet<string>): number | null {
  const { tree, findings } = readYaml(text, 'last counts');
  return tree === null || findings.length > 0 ? null : timesBelow(tree, keys);
}

function timesBelow(tree: Tree, keys: ReadonlySet<string>): number {
  if (tree.kind === 'scalar') return keys.has(String(tree.value).trim()) ? 1 : 0;
  return childrenOf(tree).reduce((sum, [, child]) => sum + timesBelow(child, keys), 0);
}
