import type { Capability, ServedModel } from '../../canonical/model.ts';
import type { ProbeAnswer, ProbeFailure } from '../../canonical/probe.ts';
import { count, member, text, type Answer } from '../json-answer.ts';
import type { ListItem } from '../model-list.ts';

/** Asks one question of the server at hand: a path below its root, or the model list. With a body it is a POST. */
export type Ask = (path: string, body?: string) => Promise<ProbeAnswer | ProbeFailure>;

/** A model as the list tells of it. `locality` is `cloud` where the server says that another machine runs it. */
export interface ListedModel {
  readonly model: ServedModel;
  /** Under which details of it may be remembered: the digest of its blob. `null`: they are asked for anew. */
  readonly digest: string | null;
}

/** How the models of one kind of server are read. No question here makes a server load a model. */
export interface KindReader {
  /** Asked every round; cheap. Without an answer to the first one there is no list; the others may fail. */
  readonly paths: readonly string[];
  /** The models, or `null` when the answers are not those of this kind any more. Pure. */
  readonly read: (answers: readonly Answer[]) => readonly ListedModel[] | null;
  /** Asked every round in place of `paths` once these were read, where reading them disturbs the server. */
  readonly pulse?: Pulse;
  /** Asks what the list does not tell; only when the list has changed, and once a minute. */
  readonly detail?: (models: readonly ListedModel[], ask: Ask, memory: DetailMemory) => Promise<readonly ListedModel[]>;
}

/** A question that costs a server nothing, and whose answer says that it is still the same. */
export interface Pulse {
  readonly path: string;
  readonly isStill: (answer: ProbeAnswer) => boolean;
}

/** Details by digest: a blob does not change, so it is asked about once. */
export type DetailMemory = Map<string, ModelDetail>;

export interface ModelDetail {
  readonly capabilities: readonly Capability[] | null;
  readonly contextLength: number | null;
  readonly contextBytesPerToken: number | null;
}

/** What an entry of `/v1/models` tells, in the several words that servers use for the context. */
export function modelFromItem(item: ListItem, known: Partial<ServedModel> = {}): ServedModel {
  return {
    id: item.id,
    locality: 'local',
    capabilities: null,
    contextLength: contextIn(item),
    sizeBytes: null,
    parameterSize: null,
    quantization: null,
    loaded: null,
    // Jan and GPT4All write 1 and 0 for a time they do not know.
    createdAt: (count(item['created']) ?? 0) > 1 ? count(item['created']) : null,
    ...known,
  };
}

/** A model of which nothing is known but what is given. */
export function modelNamed(id: string, known: Partial<ServedModel> = {}): ServedModel {
  return modelFromItem({ id }, known);
}

/** The capabilities in an order of ours; `null` when there is none that we have a word for. */
export function capabilitiesOf(found: ReadonlySet<Capability>): readonly Capability[] | null {
  const ordered = CAPABILITY_ORDER.filter((capability) => found.has(capability));
  return ordered.length > 0 ? ordered : null;
}

/** Asks for the details of at most this many models at a time. */
const DETAILS_AT_ONCE = 4;

/** Replaces each model by what `change` makes of it, a few at a time. */
export async function eachModel(
  models: readonly ListedModel[],
  change: (listed: ListedModel) => Promise<ListedModel>,
): Promise<readonly ListedModel[]> {
  const changed: ListedModel[] = [];
  for (let at = 0; at < models.length; at += DETAILS_AT_ONCE) {
    changed.push(...(await Promise.all(models.slice(at, at + DETAILS_AT_ONCE).map(change))));
  }
  return changed;
}

const CAPABILITY_ORDER: readonly Capability[] = [
  'chat',
  'completion',
  'embedding',
  'tools',
  'vision',
  'thinking',
  'audio',
];

function contextIn(item: ListItem): number | null {
  return (
    // vLLM, SGLang
    count(item['max_model_len']) ??
    // llama-swap, Lemonade
    count(item['context_length']) ??
    count(item['max_context_window']) ??
    // llama-server: what it was started with, then what the model was trained for
    count(member(item, 'meta', 'n_ctx')) ??
    count(member(item, 'meta', 'n_ctx_train')) ??
    // Docker Model Runner
    count(member(item, 'dmr', 'context_window'))
  );
}

/** Numbers of parameters as people write them: `8.2B`, `120K`. Texts are kept. */
export function parameterSizeOf(value: unknown): string | null {
  const parameters = count(value);
  if (parameters === null) return text(value);
  if (parameters >= 1e9) return `${(parameters / 1e9).toFixed(1)}B`;
  if (parameters >= 1e6) return `${(parameters / 1e6).toFixed(1)}M`;
  return parameters >= 1e3 ? `${Math.round(parameters / 1e3)}K` : parameters.toString();
}
