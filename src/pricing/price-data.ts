import { findProvider } from '@pydantic/genai-prices';
import type { MatchLogic, ModelInfo, ModelPrice, Provider, TieredPrices } from '@pydantic/genai-prices';
import { exactRate } from './exact-rate.ts';
import type { ExactRate } from './exact-rate.ts';
import type { PriceSet, TieredRate } from './model-prices.ts';

/** The package and the version whose data is bundled; a test compares it with what is installed. */
export const PRICE_DATA_VERSION = 'genai-prices 0.1.8';

/** Everything known about a model: its prices by time, and how many tokens fit. */
export interface PricedModel {
  /** Where the prices come from: `genai-prices 0.1.8 openai/gpt-4o`, also for `gpt-4o-2024-08-06`. */
  readonly priceVersion: string;
  readonly contextLength: number | null;
  readonly pricesAt: (atMs: number) => PriceSet;
}

/**
 * Those whose own models a bare name such as `gpt-4o` can mean. Resellers and clouds are not among them, since they
 * serve models of the same names.
 */
const MAKERS: readonly string[] = [
  'anthropic',
  'cohere',
  'deepseek',
  'google',
  'minimax',
  'mistral',
  'moonshotai',
  'openai',
  'perplexity',
  'voyageai',
  'x-ai',
  'zai',
  'zhipuai',
];

const MTOK_DIGITS = 6;
const KCOUNT_DIGITS = 3;
const MS_PER_HOUR = 3_600_000n;

/** A date at the end of a model id, in the compact form that some providers write: `-20250929`. */
const COMPACT_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/** The model of a provider (exact id of the data) by the data's own rules of matching, or `null`. */
export function findPricedModel(providerId: string, modelId: string): PricedModel | null {
  const provider = exactProvider(providerId);
  if (provider === null) return null;
  const id = modelId.toLowerCase().trim();
  const model = findModel(provider, id) ?? findModel(provider, withLongDates(id));
  return model === null ? null : compileModel(model, `${PRICE_DATA_VERSION} ${providerId}/${model.id}`);
}

/**
 * The maker that a bare name belongs to: the one whose family it is of (`gpt-…`) and whose list has it, else the only
 * one whose list has exactly this name. Loose likeness is not enough here, since it decides where a prompt is sent.
 */
export function findMaker(modelId: string): string | null {
  const id = modelId.toLowerCase().trim();
  const claiming = MAKERS.filter((maker) => claims(exactProvider(maker), id));
  if (claiming.length > 0) return only(claiming);
  return only(MAKERS.filter((maker) => exactProvider(maker)?.models.some((model) => isNamed(model.match, id))));
}

function claims(maker: Provider | null, id: string): boolean {
  if (maker?.model_match === undefined || !matches(maker.model_match, id)) return false;
  return maker.models.some((model) => matches(model.match, id));
}

function isNamed(rule: MatchLogic, id: string): boolean {
  if ('or' in rule) return rule.or.some((one) => isNamed(one, id));
  return 'equals' in rule && id === rule.equals.toLowerCase();
}

function only(makers: readonly string[]): string | null {
  return makers.length === 1 ? (makers[0] ?? null) : null;
}

function exactProvider(id: string): Provider | null {
  const provider = findProvider({ providerId: id });
  // The package also takes names that merely contain a provider's; a price must not be found by such a likeness.
  return provider?.id === id ? provider : null;
}

function findModel(provider: Provider, id: string): ModelInfo | null {
  const own = provider.models.find((model) => matches(model.match, id));
  if (own !== undefined) return own;
  for (const fallback of provider.fallback_model_providers ?? []) {
    const other = exactProvider(fallback);
    const model = other === null ? null : findModel(other, id);
    if (model !== null) return model;
  }
  return null;
}

function matches(rule: MatchLogic, id: string): boolean {
  if ('or' in rule) return rule.or.some((one) => matches(one, id));
  if ('and' in rule) return rule.and.every((one) => matches(one, id));
  if ('equals' in rule) return id === rule.equals.toLowerCase();
  if ('starts_with' in rule) return id.startsWith(rule.starts_with.toLowerCase());
  if ('ends_with' in rule) return id.endsWith(rule.ends_with.toLowerCase());
  if ('contains' in rule) return id.includes(rule.contains.toLowerCase());
  return new RegExp(rule.regex).test(id);
}

function withLongDates(id: string): string {
  return id.replace(COMPACT_DATE, (text, year: string, month: string, day: string) => {
    const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
    return date.getUTCDate() === Number(day) ? `-${year}-${month}-${day}` : text;
  });
}

interface ConditionalSet {
  readonly appliesAt: (atMs: number) => boolean;
  readonly prices: PriceSet;
}

function compileModel(model: ModelInfo, priceVersion: string): PricedModel {
  const isFree = model.id.endsWith(':free');
  const contextLength = model.context_window ?? null;
  if (!Array.isArray(model.prices)) {
    const prices = compilePrices(model.prices, isFree);
    return { priceVersion, contextLength, pricesAt: () => prices };
  }
  const sets: readonly ConditionalSet[] = model.prices.map(({ constraint, prices }) => ({
    appliesAt: compileConstraint(constraint),
    prices: compilePrices(prices, isFree),
  }));
  // The last set whose condition holds counts; when none does, the first.
  const pricesAt = (atMs: number): PriceSet => {
    const inForce = sets.findLast((set) => set.appliesAt(atMs)) ?? sets[0];
    return inForce?.prices ?? compilePrices({}, isFree);
  };
  return { priceVersion, contextLength, pricesAt };
}

type Constraint = Exclude<ModelInfo['prices'], ModelPrice>[number]['constraint'];

function compileConstraint(constraint: Constraint): (atMs: number) => boolean {
  if (constraint === undefined) return () => true;
  if (constraint.type === 'start_date') {
    const startMs = Date.parse(constraint.start_date);
    return (atMs) => atMs >= startMs;
  }
  const startMs = timeOfDay(constraint.start_time);
  const endMs = timeOfDay(constraint.end_time);
  return (atMs) => {
    const time = atMs % 86_400_000;
    return endMs < startMs ? time >= startMs || time < endMs : time >= startMs && time < endMs;
  };
}

/** `00:30:00Z` or `08:30:00+08:00` as milliseconds after midnight UTC. */
function timeOfDay(text: string): number {
  const atMs = Date.parse(`1970-01-02T${text}`);
  if (Number.isNaN(atMs)) throw new Error(`not a time of day: ${text}`);
  return atMs % 86_400_000;
}

function compilePrices(prices: ModelPrice, isFree: boolean): PriceSet {
  const rate = (key: string): TieredRate | null => tieredRate(prices[key]);
  const requests = prices['requests_kcount'];
  // A model without any price is not free, except where its id says so.
  const total = Object.keys(prices).length === 0 && isFree ? tieredRate(0) : null;
  return {
    input: rate('input_mtok') ?? total,
    cacheRead: rate('cache_read_mtok'),
    cacheWrite: rate('cache_write_mtok'),
    cacheWrite5m: rate('cache_write_5m_mtok'),
    cacheWrite1h: rate('cache_write_1h_mtok'),
    inputAudio: rate('input_audio_mtok'),
    inputImage: rate('input_image_mtok'),
    output: rate('output_mtok') ?? total,
    outputAudio: rate('output_audio_mtok'),
    reasoning: rate('output_reasoning_mtok'),
    request: typeof requests === 'number' ? exactRate(requests, KCOUNT_DIGITS) : null,
    audioMs: audioRate(prices),
    outputIsMixed: ['output_image_mtok', 'output_video_mtok', 'output_citation_mtok'].some((key) => key in prices),
  };
}

/** Dollars per hour of sound; a model that takes more than that (tokens) has no such price. */
function audioRate(prices: ModelPrice): ExactRate | null {
  const { input_audio_hours: input, audio_hours: both, ...others } = prices;
  const dollars = input ?? both;
  if (typeof dollars !== 'number' || Object.keys(others).length > 0) return null;
  const hour = exactRate(dollars, 0);
  return { numerator: hour.numerator, denominator: hour.denominator * MS_PER_HOUR, whole: null };
}

function tieredRate(price: number | TieredPrices | undefined): TieredRate | null {
  if (price === undefined) return null;
  if (typeof price === 'number') return { base: exactRate(price, MTOK_DIGITS), tiers: [] };
  const tiers = [...price.tiers].sort((one, other) => one.start - other.start);
  return {
    base: exactRate(price.base, MTOK_DIGITS),
    tiers: tiers.map((tier) => ({ above: tier.start, rate: exactRate(tier.price, MTOK_DIGITS) })),
  };
}
