import type { Connection } from './deployment-draft.ts';
import type { NativeMap, Value } from './value.ts';
import type { Variables } from './variables.ts';

/** Where a deployment is in the native form. */
export type Placement =
  | {
      readonly kind: 'place';
      readonly account: Account;
      /** As the server or provider knows it. */
      readonly model: string;
      /** `openai/gpt-4o`: whose price it has; `null`: its own. */
      readonly priceAs: string | null;
      /** Headers that can stand at the deployment only. */
      readonly headers: NativeMap;
      /** What of it LiteLLM does otherwise, in words. */
      readonly readings: readonly string[];
    }
  | { readonly kind: 'unsupported'; readonly why: string };

/** An entry of `servers:` or `providers:`, still without a name. */
export interface Account {
  readonly section: 'servers' | 'providers';
  /** What it says, in the native form's words; equal ones are one entry. A provider's with nothing in it needs none. */
  readonly entry: NativeMap;
  /** The row that an entry of `providers:` is another account of; `null`: it is unknown to the table, or a server. */
  readonly type: string | null;
  /** Names for it, the best first. */
  readonly names: readonly string[];
}

/** What placing depends on beside the deployment itself. */
export interface PlacingDesk {
  readonly variables: Variables;
  readonly keepMissing: boolean;
  /** Of `litellm_settings`, for deployments that say nothing. */
  readonly vertexProject: Value | null;
  readonly vertexLocation: Value | null;
}

export function unsupported(why: string): Placement {
  return { kind: 'unsupported', why };
}

/** Texts that people write where LiteLLM wants a key and the server none. */
const NO_KEY = new RegExp(
  '^(?:none|null|dummy|empty|fake(?:-?key)?|na|n/a|any(?:thing)?|no-?key(?:-required)?|not-?(?:needed|required)' +
    '|lm-studio|ollama|vllm)$',
  'i',
);

/** The key as the native form takes it; `undefined`: there is none, or it says that none is needed. */
export function serverKey({ apiKey }: Connection): string | undefined {
  return apiKey === null || isNoKey(apiKey) ? undefined : keyText(apiKey);
}

export function isNoKey({ text, variable }: Value): boolean {
  return variable === null && NO_KEY.test(text);
}

/** What no key can have in it is none. */
export function keyText(key: Value): string | undefined {
  if (key.text === '' && key.variable !== null) return key.written;
  return /^[\x21-\x7e]+$/.test(key.text.trim()) ? key.written : undefined;
}

/** A part of a name: `https://gpu-box.lan:8000/v1` → `gpu-box`; addresses of digits as they are. */
export function hostLabel(address: string): string {
  const { hostname } = new URL(address);
  const plain = hostname.replace(/^\[(.*)\]$/, '$1');
  if (plain === 'host.docker.internal') return 'docker-host';
  return /^[\d.]+$|:/.test(plain) ? plain.replaceAll(':', '-') : (plain.split('.')[0] ?? plain);
}

/** `USER01_OPENAI_KEY` of `openai` → `user01`; empty where the variable says nothing more. */
export function variableLabel(variable: string, id: string): string {
  const idle = new Set(['api', 'key', 'token', 'apikey', 'secret', 'base', 'url', 'endpoint', ...id.split('-')]);
  const words = variable.toLowerCase().split(/[^a-z0-9]+/);
  return words.filter((word) => word !== '' && !idle.has(word)).join('-');
}

export function headersOf({ headers }: Connection): NativeMap {
  return Object.fromEntries(Array.from(headers, ([name, value]) => [name, value.written]));
}
