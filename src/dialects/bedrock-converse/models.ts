import type { Effort } from '../../canonical/request.ts';

/** What Bedrock's models take beside what Converse itself does. */
export interface ConverseModel {
  readonly family: 'claude' | 'nova' | 'gpt' | 'mistralai' | 'other';
  /**
   * How thinking is asked for, in `additionalModelRequestFields`: `budget`: `thinking: {type: enabled, budget_tokens}`;
   * `adaptive`: `thinking: {type: adaptive}` and `output_config: {effort}`; `nova`: `reasoningConfig`; `effort`:
   * `reasoning_effort`.
   */
  readonly thinking: 'none' | 'budget' | 'adaptive' | 'nova' | 'effort';
  /** What it does where nobody asks it to think; `always`: it cannot be told not to. */
  readonly unasked: 'off' | 'on' | 'always';
  /** The efforts that it knows, lowest first. */
  readonly efforts: readonly Effort[];
  /** Whether temperature and top_p are taken: not at all, one of them, both. */
  readonly sampling: 'none' | 'one' | 'both';
  /** The deepest tool choice that it takes: one tool by name, any tool, none. */
  readonly forcedTools: 'tool' | 'any' | 'none';
  /** Where cache points may stand. */
  readonly cache: 'everywhere' | 'not-in-tools' | 'none';
  readonly hourLongCache: boolean;
  readonly audio: boolean;
  readonly maxStops: number;
  /** `null`: not known. */
  readonly maxOutputTokens: number | null;
}

const CLAUDE: ConverseModel = {
  family: 'claude',
  thinking: 'none',
  unasked: 'off',
  efforts: [],
  sampling: 'both',
  forcedTools: 'tool',
  cache: 'everywhere',
  hourLongCache: false,
  audio: false,
  // docs.aws.amazon.com: Converse takes 2500, Claude itself sets no limit of its own.
  maxStops: 2_500,
  maxOutputTokens: null,
};

const ADAPTIVE: ConverseModel = {
  ...CLAUDE,
  thinking: 'adaptive',
  efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
  sampling: 'none',
  hourLongCache: true,
  maxOutputTokens: 128_000,
};

const BUDGET: ConverseModel = { ...CLAUDE, thinking: 'budget', maxOutputTokens: 64_000 };

const OTHER: ConverseModel = {
  ...CLAUDE,
  family: 'other',
  forcedTools: 'any',
  cache: 'none',
  audio: true,
  maxStops: 10,
};

const NOVA: ConverseModel = {
  ...OTHER,
  family: 'nova',
  forcedTools: 'tool',
  cache: 'not-in-tools',
  audio: false,
  maxStops: 4,
};

const OPENAI: ConverseModel = { ...OTHER, family: 'gpt', thinking: 'effort', audio: false, maxStops: 0 };

/**
 * By a part of the id, the first that fits. Claude: the capabilities of Anthropic's own API, and what Bedrock was seen
 * to refuse (recorded errors in github.com/vercel/ai, `packages/amazon-bedrock`: forced tools with Opus 5.5 and with
 * Meta's models, temperature and stop sequences with OpenAI's).
 */
const MODELS: readonly (readonly [RegExp, ConverseModel])[] = [
  [/claude-(?:opus|sonnet)-5-5(?!\d)/, { ...ADAPTIVE, unasked: 'always', forcedTools: 'none' }],
  [/claude-(?:fable|mythos)-5-\d(?!\d)/, { ...ADAPTIVE, unasked: 'always', forcedTools: 'none' }],
  [/claude-(?:fable|mythos)/, { ...ADAPTIVE, unasked: 'always' }],
  [/claude-opus-4-[78](?!\d)/, ADAPTIVE],
  [/claude-(?:opus|sonnet)-4-6/, { ...ADAPTIVE, efforts: ['low', 'medium', 'high', 'max'], sampling: 'both' }],
  [/claude-(?:opus|sonnet|haiku)-4-5/, { ...BUDGET, sampling: 'one', hourLongCache: true }],
  [/claude-opus-4-1(?!\d)/, { ...BUDGET, sampling: 'one', maxOutputTokens: 32_000 }],
  [/claude-opus-4(?:-20\d{6}|-v\d|$)/, { ...BUDGET, maxOutputTokens: 32_000 }],
  [/claude-sonnet-4(?:-20\d{6}|-v\d|$)/, BUDGET],
  [/claude-3-7-sonnet/, BUDGET],
  [/claude-3-5-haiku/, { ...CLAUDE, maxOutputTokens: 8_192 }],
  [/claude-(?:3-|v2|instant)/, { ...CLAUDE, cache: 'none' }],
  [/claude-/, { ...ADAPTIVE, unasked: 'on' }],
  [/nova-2-(?!sonic)/, { ...NOVA, thinking: 'nova', efforts: ['low', 'medium', 'high'] }],
  [/nova-/, NOVA],
  [/openai\.gpt-oss/, { ...OPENAI, efforts: ['low', 'medium', 'high'] }],
  [/openai\./, { ...OPENAI, efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'], sampling: 'none' }],
  [/voxtral/, { ...OTHER, family: 'mistralai' }],
  [/mistral\.|pixtral/, { ...OTHER, family: 'mistralai', audio: false }],
  [/meta\./, { ...OTHER, forcedTools: 'none', audio: false }],
];

/**
 * A model by its id: `anthropic.claude-opus-5`, `eu.anthropic.claude-opus-5`, or an ARN that ends in one. The ARN of an
 * application's own profile says nothing of its model: it gets what all models take.
 */
export function modelOf(id: string): ConverseModel {
  const name = id.slice(id.lastIndexOf('/') + 1);
  return MODELS.find(([pattern]) => pattern.test(name))?.[1] ?? OTHER;
}
