import type { Capability } from '../../canonical/model.ts';
import { region as regionField } from '../account-fields.ts';
import { groupName } from '../model-names.ts';
import { formatDuration } from '../units.ts';
import { meaningOf } from './providers.ts';
import { providerOfBareName } from './bare-names.ts';
import type { DeploymentDraft, TimeLimits } from './deployment-draft.ts';
import { newDeploymentDraft } from './deployment-draft.ts';
import { ENTRY_KEYS, PARAMETER_KEYS, readOtherParameter } from './deployment-keys.ts';
import type { ApplyRule } from './deployment-keys.ts';
import type { Field } from './field.ts';
import { applyRules, noteUnknown } from './key-rule.ts';
import { MODEL_INFO_KEYS, readOtherInfo } from './model-info-keys.ts';
import type { Account } from './placement.ts';
import { OLLAMA_OPTIONS } from './request-parameters.ts';
import { escapeDollars, presentOnly } from './value.ts';
import type { NativeMap, NativeValue, Value } from './value.ts';

/** Where the parameters of an entry come from, the strongest first. */
export interface ParameterSources {
  readonly credentials: ReadonlyMap<string, ReadonlyMap<string, Field>>;
  readonly defaults: ReadonlyMap<string, Field>;
}

/** What an entry of `model_list` says. */
export function readDraft(entry: ReadonlyMap<string, Field>, sources: ParameterSources): DeploymentDraft {
  const draft = newDeploymentDraft();
  const apply: ApplyRule = (rule, field) => {
    applyRules({ [field.key]: rule }, [[field.key, field]], { draft, other: () => undefined });
  };
  applyRules(ENTRY_KEYS, entry, { draft, other: (field) => noteUnknown(field, Object.keys(ENTRY_KEYS)) });
  applyRules(PARAMETER_KEYS, parametersOf(entry.get('litellm_params'), sources), {
    draft,
    other: (field) => readOtherParameter(draft, field, apply),
  });
  applyRules(MODEL_INFO_KEYS, entry.get('model_info')?.fields() ?? [], {
    draft,
    other: (field) => readOtherInfo(draft, field, apply),
  });
  return draft;
}

/** The entry's own, then those of its credential, then the defaults of the file. */
function parametersOf(params: Field | undefined, { credentials, defaults }: ParameterSources): Map<string, Field> {
  const all = new Map(params?.fields() ?? []);
  const named = all.get('litellm_credential_name');
  const name = named?.text() ?? null;
  const values = name === null ? undefined : credentials.get(name);
  if (named !== undefined && name !== null && values === undefined) {
    named.note('ignored', 'names a credential that credential_list does not have', null);
  }
  for (const source of [values ?? new Map<string, Field>(), defaults]) {
    for (const [key, field] of source) if (!all.has(key)) all.set(key, params?.sharingDesk(field) ?? field);
  }
  return all;
}

interface Placed {
  readonly target: string;
  readonly account: Account;
  readonly priceAs: string | null;
  readonly headers: NativeMap;
}

/** A deployment in the native form. */
export function nativeDeployment(draft: DeploymentDraft, placed: Placed, limits: TimeLimits): NativeMap {
  const { native, connection } = draft;
  const region = connection.region ?? connection.awsRegion ?? connection.vertexLocation;
  const { body, params } = parametersAt(draft, placed.account);
  const asModel = escaped(priceAs(draft.baseModel) ?? placed.priceAs);
  // A server of one's own would else cost nothing, and its author says that it does.
  const isOfUnknownPrice = draft.hasOtherPrice && placed.account.section === 'servers' && asModel === undefined;
  return presentOnly({
    target: placed.target,
    id: native['id'],
    order: native['order'],
    weight: native['weight'],
    rpm: native['rpm'],
    tpm: native['tpm'],
    max_parallel: native['max_parallel'],
    tags: draft.tags.length > 0 ? [...new Set(draft.tags)] : undefined,
    region: region !== null && regionField.safeParse(region.text).success ? region.written : undefined,
    retries: native['retries'],
    timeouts: unlessEmpty(timeoutsOf(draft.limits, limits)),
    allowed_fails: native['allowed_fails'],
    cooldown: native['cooldown'],
    price: unlessEmpty(draft.price) ?? (isOfUnknownPrice ? 'unknown' : undefined),
    price_as: asModel,
    context: native['context'],
    max_output: native['max_output'],
    capabilities: capabilitiesOf(draft),
    mode: native['mode'],
    params: unlessEmpty(params),
    drop: draft.drop.length > 0 ? [...new Set(draft.drop)] : undefined,
    body: unlessEmpty(body),
    headers: unlessEmpty(placed.headers),
    mock: native['mock'],
  });
}

/** Parameters of the server alone go into the body; Ollama has a place of its own for most of them. */
function parametersAt(draft: DeploymentDraft, { entry }: Account): { params: NativeMap; body: NativeMap } {
  const options: NativeMap = {};
  const others: NativeMap = {};
  for (const [key, value] of Object.entries(draft.serverParams)) {
    const isOption = entry['kind'] === 'ollama' && OLLAMA_OPTIONS.has(key);
    (isOption ? options : others)[key] = value;
  }
  const body = { ...others, ...(Object.keys(options).length > 0 ? { options } : {}), ...draft.body };
  return { params: draft.params, body };
}

/**
 * LiteLLM gives its HTTP client one time for a whole answer's first byte and for each gap in it: `stream_timeout` for
 * streams, `timeout` for all others, of the deployment before those of the router.
 */
function timeoutsOf(own: TimeLimits, router: TimeLimits): NativeMap {
  const { wholeMs } = own;
  const streamMs = own.firstTokenMs ?? own.streamMs ?? router.firstTokenMs ?? router.streamMs;
  const idleMs = own.idleMs ?? own.streamMs ?? wholeMs ?? (router.idleMs === null ? router.streamMs : null);
  return presentOnly({
    first_byte: wholeMs === null ? undefined : durationText(wholeMs),
    stream_first_byte: streamMs === null ? undefined : durationText(streamMs),
    idle: idleMs === null ? undefined : durationText(idleMs),
    total: wholeMs === null || wholeMs <= USUAL_TOTAL_MS ? undefined : durationText(wholeMs),
  });
}

/** What a call may take in all where nothing is said. */
const USUAL_TOTAL_MS = 3_600_000;
/** Node's timers do not go further. */
const LONGEST_MS = 24 * 86_400_000;

export function durationText(durationMs: number): string {
  return formatDuration(Math.min(durationMs, LONGEST_MS));
}

/** The top-level limits: what holds for every deployment that says nothing. */
export function routerTimeouts({ wholeMs, idleMs }: TimeLimits): NativeMap {
  const idle = idleMs ?? wholeMs;
  return presentOnly({
    first_byte: wholeMs === null ? undefined : durationText(wholeMs),
    idle: idle === null ? undefined : durationText(idle),
    total: wholeMs === null || wholeMs <= USUAL_TOTAL_MS ? undefined : durationText(wholeMs),
  });
}

/** `base_model` as provider and model: `azure/gpt-4o`, or a bare name, whose maker's price it is then. */
function priceAs(baseModel: Value | null): string | null {
  const name = baseModel?.text ?? '';
  if (name === '') return null;
  const slash = name.indexOf('/');
  const named = slash > 0 ? meaningOf(name.slice(0, slash)) : null;
  if (named?.kind === 'known') return `${named.id}${name.slice(slash)}`;
  const bare = named === null ? name : name.slice(slash + 1);
  const maker = providerOfBareName(bare);
  const meaning = maker === null ? null : meaningOf(maker);
  if (meaning?.kind === 'known') return `${meaning.id}/${bare}`;
  return meaning?.kind === 'vertex' ? `${VERTEX_MAKER}/${bare}` : name;
}

/** Whose prices Google's models have, wherever they run. */
const VERTEX_MAKER = 'gemini';

function escaped(name: string | null): string | undefined {
  return name !== null && groupName.safeParse(name).success ? escapeDollars(name) : undefined;
}

/** All that the file does not deny, once it denies anything: what it says nothing of may well be there. */
function capabilitiesOf({ can, native }: DeploymentDraft): NativeValue | undefined {
  if (!Array.from(can.values()).includes(false)) return undefined;
  const first: Capability = native['mode'] === 'embedding' ? 'embedding' : 'chat';
  const others = (['tools', 'vision', 'thinking', 'audio'] as const).filter((one) => can.get(one) !== false);
  return first === 'chat' ? [first, ...others] : [first];
}

function unlessEmpty(map: NativeMap): NativeMap | undefined {
  return Object.keys(map).length > 0 ? map : undefined;
}
