import type { ServerKind } from '../canonical/model.ts';
import type { ProbeAnswer } from '../canonical/probe.ts';
import { member, text } from './json-answer.ts';
import { ownerOf, type ListItem } from './model-list.ts';

/**
 * The kind that a model list names by itself, or `null` when it could be several. Servers that run or relay others
 * (llama-swap, Docker Model Runner, Lemonade) come before the engines inside them.
 */
export function kindByMark(list: ProbeAnswer, items: readonly ListItem[]): ServerKind | null {
  if (Object.keys(list.headers).some((name) => name.startsWith('x-litellm-'))) return 'litellm';
  if (items.length === 0) return list.headers['server'] === 'llama.cpp' ? 'llama.cpp' : null;
  if (items.some((item) => member(item, 'meta', 'llamaswap') !== undefined)) return 'llama-swap';
  if (items.some((item) => member(item, 'dmr') !== undefined)) return 'docker-model-runner';
  if (items.every((item) => text(member(item, 'recipe')) !== null)) return 'lemonade';
  const owners = new Set(items.map(ownerOf));
  const owner = owners.size === 1 ? ([...owners][0] ?? null) : null;
  const byOwner = owner === null ? undefined : KIND_BY_OWNER.get(owner);
  if (byOwner !== undefined) return byOwner;
  if (list.headers['server'] === 'llama.cpp') return 'llama.cpp';
  // Seen in the recordings: llama-cpp-python sends no `created`, transformers the time as a float.
  if (owner === 'me' && items.every((item) => member(item, 'created') === undefined)) return 'llama-cpp-python';
  if (items.every(isOfTransformers)) return 'transformers';
  return null;
}

/** Makers whose models no machine of one's own runs. */
const CLOUD_MAKERS: ReadonlySet<string> = new Set([
  'openai',
  'system',
  'anthropic',
  'google',
  'vertex_ai',
  'azure',
  'bedrock',
  'openrouter',
  'xai',
]);

/** Whether a list of unknown kind is a gateway's: it names a maker of cloud models as an owner. */
export function listsCloudMakers(items: readonly ListItem[]): boolean {
  return items.some((item) => CLOUD_MAKERS.has(ownerOf(item) ?? ''));
}

/** `owned_by` of every entry. Engines whose word for themselves no other kind uses. */
const KIND_BY_OWNER: ReadonlyMap<string, ServerKind> = new Map<string, ServerKind>([
  ['llama-swap', 'llama-swap'],
  ['docker', 'docker-model-runner'],
  ['lemonade', 'lemonade'],
  ['osaurus', 'osaurus'],
  ['omlx', 'omlx'],
  ['lmdeploy', 'lmdeploy'],
  ['koboldcpp', 'koboldcpp'],
  ['sglang', 'sglang'],
  ['vllm', 'vllm'],
  ['llamacpp', 'llama.cpp'],
  // GPT4All's server writes this into every entry.
  ['humanity', 'gpt4all'],
]);

function isOfTransformers(item: ListItem): boolean {
  const created = member(item, 'created');
  const owner = ownerOf(item);
  return typeof created === 'number' && !Number.isInteger(created) && owner !== null && item.id.startsWith(`${owner}/`);
}
