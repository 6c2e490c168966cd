import type { Effort } from '../../canonical/request.ts';
import { claudeModel } from '../claude-models.ts';
import type { ClaudeModel } from '../claude-models.ts';

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

/** Bedrock's Converse takes of Claude what its own API takes, but for the schema of an answer. */
function converseClaude(claude: ClaudeModel): ConverseModel {
  const { adaptive, budget, unasked } = claude.thinking;
  return {
    family: 'claude',
    thinking: adaptive ? 'adaptive' : budget ? 'budget' : 'none',
    unasked,
    efforts: claude.efforts,
    sampling: claude.sampling,
    forcedTools: claude.forcedTools ? 'tool' : 'none',
    cache: claude.cache === 'none' ? 'none' : 'everywhere',
    hourLongCache: claude.cache === '1h',
    audio: false,
    // docs.aws.amazon.com: Converse takes 2500, Claude itself sets no limit of its own.
    maxStops: 2_500,
    maxOutputTokens: claude.maxOutputTokens,
  };
}

const OTHER: ConverseModel = {
  family: 'other',
  thinking: 'none',
  unasked: 'off',
  efforts: [],
  sampling: 'both',
  forcedTools: 'any',
  cache: 'none',
  hourLongCache: false,
  audio: true,
  maxStops: 10,
  maxOutputTokens: null,
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
 * By a part of the id, the first that fits; what Bedrock was seen to refuse is recorded in github.com/vercel/ai,
 * `packages/amazon-bedrock` (forced tools with Meta's models, temperature and stop sequences with OpenAI's).
 */
const MODELS: readonly (readonly [RegExp, ConverseModel])[] = [
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
  const claude = claudeModel(name);
  if (claude !== null) return converseClaude(claude);
  return MODELS.find(([pattern]) => pattern.test(name))?.[1] ?? OTHER;
}
