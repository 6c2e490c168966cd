import type { DeploymentMode } from '../../canonical/model-group.ts';
import type { Capability, ModelFacts } from '../../canonical/model.ts';
import type { ExactRate } from '../../canonical/money.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { factsOfTarget } from '../../routing/known-names.ts';
import type { NamedDeployment } from '../../routing/named-deployments.ts';
import { isObject } from '../../std/is-object.ts';
import { apiBaseOf, liteLlmModel, liteLlmProvider, withoutSecrets } from './told-deployments.ts';
import type { Told } from './told-deployments.ts';

/**
 * One deployment as LiteLLM's `/model/info` tells of it. Prices are dollars for a token as a JSON number; what nobody
 * knows is `null`, and 0 is free.
 */
export interface ModelInfo {
  readonly model_name: string;
  readonly litellm_params: Readonly<Record<string, unknown>>;
  readonly model_info: {
    readonly id: string;
    readonly db_model: false;
    /** Whose price and limits it has. */
    readonly key: string;
    readonly max_tokens: number | null;
    readonly max_input_tokens: number | null;
    readonly max_output_tokens: number | null;
    readonly input_cost_per_token: number | null;
    readonly output_cost_per_token: number | null;
    readonly cache_read_input_token_cost: number | null;
    readonly cache_creation_input_token_cost: number | null;
    readonly litellm_provider: string;
    readonly mode: string | null;
    readonly supports_function_calling: boolean | null;
    readonly supports_vision: boolean | null;
    readonly supports_reasoning: boolean | null;
    readonly supports_audio_input: boolean | null;
    readonly supports_audio_output: boolean | null;
    readonly tpm: number | null;
    readonly rpm: number | null;
    readonly access_groups: readonly string[];
  };
}

export function modelInfo(named: NamedDeployment, { table, words }: Told): ModelInfo {
  const { name, group, deployment } = named;
  const { id, target, terms, billing } = deployment;
  const facts = factsOf(named, factsOfTarget(table, target));
  const { contextLength, maxOutputTokens, capabilities } = facts;
  const prices = pricesOf(named);
  return {
    model_name: name,
    litellm_params: paramsOf(named, { model: liteLlmModel(named, words), provider: liteLlmProvider(named, words) }),
    model_info: {
      ...toldBesides(named),
      id,
      db_model: false,
      key: billing?.priceAs?.model ?? target.model,
      // LiteLLM's old name for the longest answer, or where nobody says that, for what fits.
      max_tokens: maxOutputTokens ?? contextLength,
      max_input_tokens: contextLength,
      max_output_tokens: maxOutputTokens,
      input_cost_per_token: prices.input,
      output_cost_per_token: prices.output,
      cache_read_input_token_cost: prices.cachedInput,
      cache_creation_input_token_cost: prices.cacheWrite,
      litellm_provider: liteLlmProvider(named, words),
      mode: modeOf(deployment.mode, capabilities),
      supports_function_calling: supports(capabilities, 'tools'),
      supports_vision: supports(capabilities, 'vision'),
      supports_reasoning: supports(capabilities, 'thinking'),
      supports_audio_input: supports(capabilities, 'audio'),
      supports_audio_output: supports(capabilities, 'speech'),
      tpm: terms.tokensPerMinute,
      rpm: terms.requestsPerMinute,
      access_groups: group.accessGroups,
    },
  };
}

/** A value under such a name is nobody's to read. */
const SECRET_NAME = /key|token$|secret|password|credential|auth/i;
/** Deeper, nothing is told. */
const MOST_LEVELS = 8;

/** What stands in the file's `model_info` besides. Our own members go before those of the same name. */
function toldBesides(named: NamedDeployment): JsonObject {
  const clean = withoutSecretMembers(named.deployment.told ?? {}, named, MOST_LEVELS);
  return isObject(clean) ? clean : {};
}

function withoutSecretMembers(value: unknown, named: NamedDeployment, levels: number): unknown {
  if (typeof value === 'string') return withoutSecrets(value, named);
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutSecretMembers(item, named, levels - 1));
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([name]) => !SECRET_NAME.test(name));
  return Object.fromEntries(members.map(([name, member]) => [name, withoutSecretMembers(member, named, levels - 1)]));
}

/** What the config says of a deployment counts more than what its server or provider does. */
function factsOf({ deployment: { target } }: NamedDeployment, told: ModelFacts): ModelFacts {
  const { limits, capabilities } = target;
  return {
    ...told,
    contextLength: limits.contextTokens ?? told.contextLength,
    maxOutputTokens: limits.maxOutputTokens ?? told.maxOutputTokens,
    capabilities: capabilities ?? told.capabilities,
  };
}

/** What can be told of it without a key, the value of a header, or what the config adds to bodies. */
function paramsOf(
  named: NamedDeployment,
  { model, provider }: { readonly model: string; readonly provider: string },
): Readonly<Record<string, unknown>> {
  const { terms, billing } = named.deployment;
  const { timeouts, tags, order } = terms;
  const hasLevels = named.group.deployments.some((other) => other.terms.order !== order);
  const price = billing?.price ?? null;
  const params: Readonly<Record<string, unknown>> = {
    model,
    custom_llm_provider: provider,
    api_base: apiBaseOf(named),
    rpm: terms.requestsPerMinute,
    tpm: terms.tokensPerMinute,
    weight: terms.weight,
    order: hasLevels ? order : null,
    max_parallel_requests: terms.maxParallel,
    tags: tags.length === 0 ? null : tags,
    region_name: terms.region,
    timeout: seconds(timeouts.totalMs),
    stream_timeout: seconds(timeouts.streamFirstByteMs),
    num_retries: terms.retries,
    cooldown_time: seconds(terms.cooldown.cooldownMs),
    input_cost_per_token: price === null ? null : dollars(price.input),
    output_cost_per_token: price === null ? null : dollars(price.output),
  };
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null));
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

interface Prices {
  readonly input: number | null;
  readonly output: number | null;
  readonly cachedInput: number | null;
  readonly cacheWrite: number | null;
}

const PICO_PER_DOLLAR = 1e12;

/** What a call is booked with: the config's price as a whole, else what the price data says. */
function pricesOf({ deployment: { billing, price } }: NamedDeployment): Prices {
  const said = billing?.price ?? null;
  if (said !== null) {
    return {
      input: dollars(said.input),
      output: dollars(said.output),
      cachedInput: dollars(said.cachedInput),
      cacheWrite: dollars(said.cacheWrite),
    };
  }
  if (price === null) return { input: null, output: null, cachedInput: null, cacheWrite: null };
  const { inputPico, outputPico } = price;
  const cached = inputPico === 0 && outputPico === 0 ? 0 : null;
  // Pico-dollars divided by their number in a dollar: the nearest float to the decimal, as if that were parsed.
  const [input, output] = [inputPico / PICO_PER_DOLLAR, outputPico / PICO_PER_DOLLAR];
  return { input, output, cachedInput: cached, cacheWrite: cached };
}

/** The float that is nearest to the exact decimal: denominators are powers of ten. */
function dollars(rate: ExactRate | null): number | null {
  if (rate === null) return null;
  const places = rate.denominator.toString().length - 1 + 12;
  return Number(`${rate.numerator}e-${places}`);
}

const MODES: Readonly<Record<DeploymentMode, string | null>> = {
  chat: 'chat',
  completion: 'completion',
  embedding: 'embedding',
  image: 'image_generation',
  speech: 'audio_speech',
  transcription: 'audio_transcription',
  moderation: 'moderation',
  rerank: 'rerank',
  other: null,
};

const BY_CAPABILITY = ['chat', 'completion', 'embedding', 'image', 'speech', 'transcription', 'moderation', 'rerank'];

function modeOf(mode: DeploymentMode | null, capabilities: readonly Capability[] | null): string | null {
  if (mode !== null) return MODES[mode];
  const first = BY_CAPABILITY.find((one) => capabilities?.some((capability) => capability === one));
  return Object.entries(MODES).find(([ours]) => ours === first)?.[1] ?? null;
}

function supports(capabilities: readonly Capability[] | null, capability: Capability): boolean | null {
  return capabilities === null ? null : capabilities.includes(capability);
}
