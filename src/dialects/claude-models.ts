/**
 * What a model of Anthropic's takes of what only some take, wherever it is served. Sources: the capabilities in
 * Vercel's AI SDK (`getModelCapabilities` of @ai-sdk/anthropic, November 2026), Anthropic's pages on thinking, effort
 * and structured outputs, and what Bedrock was seen to refuse (recorded errors in github.com/vercel/ai,
 * `packages/amazon-bedrock`: forced tools with Opus 5.5).
 */
export interface ClaudeModel {
  /** Longest answer in tokens. */
  readonly maxOutputTokens: number;
  readonly thinking: {
    /** `thinking: {type: "enabled", budget_tokens}`. */
    readonly budget: boolean;
    /** `thinking: {type: "adaptive"}`. */
    readonly adaptive: boolean;
    /** What a request without `thinking` means. `always`: it cannot be turned off. */
    readonly unasked: 'off' | 'on' | 'always';
    /** `thinking: {type: "between_tools"}`, the least of a model that always thinks. */
    readonly betweenTools: boolean;
    /** `thinking.display`. */
    readonly display: boolean;
  };
  /** `output_config.effort`, lowest first. */
  readonly efforts: readonly EffortWord[];
  /** `temperature`, `top_p` and `top_k`; `one`: a temperature or a `top_p`, not both of them. */
  readonly sampling: 'both' | 'one' | 'none';
  /** `output_config.format` and `strict` tools. */
  readonly structuredOutput: boolean;
  /** `tool_choice` of `any` and `tool`. */
  readonly forcedTools: boolean;
  /** Whether clouds have a prompt cache for it, and whether that can hold for an hour. */
  readonly cache: 'none' | '5m' | '1h';
}

export type EffortWord = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/**
 * A model by its id, also as clouds and routers write it: `claude-sonnet-4-5-20250929`, `claude-opus-4-1@20250805`
 * (Vertex), `eu.anthropic.claude-opus-4-6-v1:0` and an ARN that ends so (Bedrock), `anthropic/claude-opus-4.6`,
 * `claude-4.6-opus`. One that nobody knows yet gets what the newest of its family takes. `null`: no Claude.
 */
export function claudeModel(id: string): ClaudeModel | null {
  const text = id.toLowerCase().replaceAll('.', '-');
  const at = text.lastIndexOf(PREFIX);
  if (at < 0) return null;
  const { family, version } = nameOf(text.slice(at + PREFIX.length));
  if (Number.parseInt(version, 10) < 3) return PLAIN;
  return MODELS.get(`${family} ${version}`) ?? NEWEST.get(family) ?? ALWAYS_UNFORCED;
}

const PREFIX = 'claude-';

/** Without what stands behind it: a date, the version of an API, a variant. `opus-4-6-v1:0`: `opus`, `4.6`. */
function nameOf(text: string): { readonly family: string; readonly version: string } {
  const [, family, major, minor] = /^([a-z]+)-v?(\d+)(?:-(\d\d?)(?!\d))?/.exec(text) ?? [];
  if (family !== undefined && major !== undefined) return { family, version: `${major}.${minor ?? '0'}` };
  const [, first, second, last] = /^v?(\d+)(?:-(\d\d?)(?!\d))?(?:-([a-z]+))?/.exec(text) ?? [];
  if (first !== undefined) return { family: last ?? '', version: `${first}.${second ?? '0'}` };
  const [, name = '', word = ''] = /^([a-z]+)(?:-([a-z]+))?/.exec(text) ?? [];
  return { family: name, version: word };
}

const UP_TO_HIGH: readonly EffortWord[] = ['low', 'medium', 'high'];
const WITHOUT_XHIGH: readonly EffortWord[] = ['low', 'medium', 'high', 'max'];
const ALL_EFFORTS: readonly EffortWord[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** Claude 3.5 and before: nothing of it. */
const PLAIN: ClaudeModel = {
  maxOutputTokens: 4_096,
  thinking: { budget: false, adaptive: false, unasked: 'off', betweenTools: false, display: false },
  efforts: [],
  sampling: 'both',
  structuredOutput: false,
  forcedTools: true,
  cache: 'none',
};
const PLAIN_35: ClaudeModel = { ...PLAIN, maxOutputTokens: 8_192 };
/** Claude 3.7 to 4.1. */
const BUDGET: ClaudeModel = {
  ...PLAIN,
  maxOutputTokens: 64_000,
  thinking: { ...PLAIN.thinking, budget: true, display: true },
  cache: '5m',
};
/** Claude 4.5. */
const BUDGET_STRUCTURED: ClaudeModel = { ...BUDGET, sampling: 'one', structuredOutput: true, cache: '1h' };
/** Claude 4.6. */
const BOTH: ClaudeModel = {
  ...BUDGET_STRUCTURED,
  thinking: { ...BUDGET.thinking, adaptive: true },
  efforts: WITHOUT_XHIGH,
};
/** Claude 4.7 and 4.8. */
const ADAPTIVE: ClaudeModel = {
  ...BOTH,
  maxOutputTokens: 128_000,
  thinking: { ...BOTH.thinking, budget: false },
  efforts: ALL_EFFORTS,
  sampling: 'none',
};
const ON: ClaudeModel = { ...ADAPTIVE, thinking: { ...ADAPTIVE.thinking, unasked: 'on' } };
const ALWAYS: ClaudeModel = { ...ADAPTIVE, thinking: { ...ADAPTIVE.thinking, unasked: 'always' } };
const ALWAYS_UNFORCED: ClaudeModel = { ...ALWAYS, forcedTools: false };

/** By family and version; `latest` and what else is no number stands where a version would. */
const MODELS: ReadonlyMap<string, ClaudeModel> = new Map([
  ['mythos preview', { ...ALWAYS, efforts: WITHOUT_XHIGH }],
  ['mythos 5.0', ALWAYS],
  ['fable 5.0', ALWAYS],
  ['opus 5.0', ON],
  ['sonnet 5.0', ON],
  ['opus 4.8', ADAPTIVE],
  ['opus 4.7', ADAPTIVE],
  ['opus 4.6', { ...BOTH, maxOutputTokens: 128_000 }],
  ['sonnet 4.6', BOTH],
  ['opus 4.5', { ...BUDGET_STRUCTURED, efforts: UP_TO_HIGH }],
  ['sonnet 4.5', BUDGET_STRUCTURED],
  ['haiku 4.5', BUDGET_STRUCTURED],
  ['opus 4.1', { ...BUDGET, maxOutputTokens: 32_000, sampling: 'one', structuredOutput: true }],
  ['opus 4.0', { ...BUDGET, maxOutputTokens: 32_000 }],
  ['sonnet 4.0', BUDGET],
  ['sonnet 3.7', BUDGET],
  ['haiku 3.5', { ...PLAIN_35, cache: '5m' }],
  ['sonnet 3.5', PLAIN_35],
  ['opus 3.0', PLAIN],
  ['sonnet 3.0', PLAIN],
  ['haiku 3.0', PLAIN],
]);

/** The last that are known, and those that come after them. Of all others: what is new only ever took more away. */
const NEWEST: ReadonlyMap<string, ClaudeModel> = new Map([
  ['sonnet', { ...ALWAYS_UNFORCED, thinking: { ...ALWAYS.thinking, betweenTools: true } }],
  ['haiku', ON],
  ['opus', ALWAYS_UNFORCED],
  ['fable', ALWAYS_UNFORCED],
  ['mythos', ALWAYS_UNFORCED],
  ['instant', PLAIN],
]);
