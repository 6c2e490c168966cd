/**
 * What a model takes of what only some take. Sources: the capabilities in Vercel's AI SDK (`getModelCapabilities` of
 * @ai-sdk/anthropic, November 2026) and Anthropic's pages on thinking, effort and structured outputs.
 */
export interface ModelTraits {
  /** Longest answer in tokens; `null`: unknown. */
  readonly maxOutputTokens: number | null;
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
  /** `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean;
  /** `output_config.format` and `strict` tools. */
  readonly structuredOutput: boolean;
  /** `tool_choice` of `any` and `tool`. */
  readonly forcedTools: boolean;
}

export type EffortWord = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

const UP_TO_HIGH: readonly EffortWord[] = ['low', 'medium', 'high'];
const WITHOUT_XHIGH: readonly EffortWord[] = ['low', 'medium', 'high', 'max'];
const ALL_EFFORTS: readonly EffortWord[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** Claude 3.5 and before: nothing of it. */
const PLAIN: ModelTraits = {
  maxOutputTokens: 4_096,
  thinking: { budget: false, adaptive: false, unasked: 'off', betweenTools: false, display: false },
  efforts: [],
  sampling: true,
  structuredOutput: false,
  forcedTools: true,
};
/** Claude 3.7 to 4.1. */
const BUDGET: ModelTraits = { ...PLAIN, thinking: { ...PLAIN.thinking, budget: true, display: true } };
/** Claude 4.5. */
const BUDGET_STRUCTURED: ModelTraits = { ...BUDGET, maxOutputTokens: 64_000, structuredOutput: true };
/** Claude 4.6. */
const BOTH: ModelTraits = {
  ...BUDGET_STRUCTURED,
  thinking: { ...BUDGET.thinking, adaptive: true },
  efforts: WITHOUT_XHIGH,
};
/** Claude 4.7 and 4.8. */
const ADAPTIVE: ModelTraits = {
  ...BOTH,
  maxOutputTokens: 128_000,
  thinking: { ...BOTH.thinking, budget: false },
  efforts: ALL_EFFORTS,
  sampling: false,
};
const ON: ModelTraits = { ...ADAPTIVE, thinking: { ...ADAPTIVE.thinking, unasked: 'on' } };
const ALWAYS: ModelTraits = { ...ADAPTIVE, thinking: { ...ADAPTIVE.thinking, unasked: 'always' } };
const ALWAYS_UNFORCED: ModelTraits = { ...ALWAYS, forcedTools: false };

/** The first that fits counts. */
const MODELS: readonly (readonly [RegExp, ModelTraits])[] = [
  [/claude-sonnet-5-5(?!\d)/, { ...ALWAYS_UNFORCED, thinking: { ...ALWAYS.thinking, betweenTools: true } }],
  [/claude-opus-5-5(?!\d)/, ALWAYS_UNFORCED],
  [/claude-haiku-5-5(?!\d)/, ON],
  [/claude-(?:fable|mythos)-5-\d(?!\d)/, ALWAYS_UNFORCED],
  [/claude-(?:fable|mythos)-5(?!\d)/, ALWAYS],
  [/claude-mythos-preview/, { ...ALWAYS, efforts: WITHOUT_XHIGH }],
  [/claude-(?:opus|sonnet)-5(?!\d)/, ON],
  [/claude-opus-4-[78](?!\d)/, ADAPTIVE],
  [/claude-opus-4-6(?!\d)/, { ...BOTH, maxOutputTokens: 128_000 }],
  [/claude-sonnet-4-6(?!\d)/, BOTH],
  [/claude-opus-4-5(?!\d)/, { ...BUDGET_STRUCTURED, efforts: UP_TO_HIGH }],
  [/claude-(?:sonnet|haiku)-4-5(?!\d)/, BUDGET_STRUCTURED],
  [/claude-opus-4-1(?!\d)/, { ...BUDGET, maxOutputTokens: 32_000, structuredOutput: true }],
  [/claude-opus-4(?!\d)/, { ...BUDGET, maxOutputTokens: 32_000 }],
  [/claude-sonnet-4(?!\d)/, { ...BUDGET, maxOutputTokens: 64_000 }],
  [/claude-3-7/, { ...BUDGET, maxOutputTokens: 64_000 }],
  [/claude-3-5/, { ...PLAIN, maxOutputTokens: 8_192 }],
  [/claude-(?:instant|v?[123](?!\d))/, PLAIN],
  // Any other is newer than this table, and what is new only ever took more away.
  [/claude-/, { ...ON, maxOutputTokens: 64_000 }],
];

/** Models of others behind this dialect (DeepSeek, Moonshot, Ollama …) take what was there from the beginning. */
const OTHERS: ModelTraits = {
  ...PLAIN,
  maxOutputTokens: null,
  thinking: { ...PLAIN.thinking, budget: true },
};

/**
 * The traits of a model by its id, also as clouds and routers write it: `claude-sonnet-4-5-20250929`,
 * `eu.anthropic.claude-opus-4-6-v1:0` (Bedrock), `claude-opus-4-1@20250805` (Vertex), `anthropic/claude-opus-4.6`.
 */
export function traitsOf(model: string): ModelTraits {
  const id = model.toLowerCase().replaceAll('.', '-');
  return MODELS.find(([pattern]) => pattern.test(id))?.[1] ?? OTHERS;
}
