import type {
  ResponseCreateParamsBase,
  ResponseFormatTextConfig,
  ResponseTextConfig,
} from 'openai/resources/responses/responses';
import type { ChatQuirks } from '../../canonical/quirks.ts';
import type { CanonicalRequest, OutputFormat } from '../../canonical/request.ts';
import { nearestEffort, takesVerbosity } from '../openai-models.ts';
import type { OpenAiModel } from '../openai-models.ts';
import { effortOfBudget } from '../reasoning-effort.ts';
import { unreachable } from '../../std/unreachable.ts';

/** Takes the name of something that is left out. */
export type Drop = (name: string) => void;
export type Reasoning = NonNullable<ResponseCreateParamsBase['reasoning']>;
export type Sampling = Pick<ResponseCreateParamsBase, 'temperature' | 'top_p' | 'top_logprobs'>;

const EFFORT_WORDS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
const VERBOSITIES = ['low', 'medium', 'high'] as const;

/** How much to think, and whether to sum it up. `null`: nothing is asked for, or nobody would understand it. */
export function encodeReasoning(
  { reasoning, extras }: CanonicalRequest,
  quirks: ChatQuirks,
  model: OpenAiModel,
  { drop, clamp }: { readonly drop: Drop; readonly clamp: Drop },
): Reasoning | null {
  if (reasoning === null) return null;
  const asked = reasoning.effort ?? (reasoning.budgetTokens === null ? null : effortOfBudget(reasoning.budgetTokens));
  if (model.kind === 'plain' || quirks.reasoning === 'none') {
    // A model that does not think needs not to be told so.
    if (asked !== 'none') drop('reasoning');
    return null;
  }
  const nearest = asked === null ? null : nearestEffort(asked, quirks.efforts ?? model.efforts);
  const effort = EFFORT_WORDS.find((word) => word === nearest);
  // It thinks whatever it is told.
  if (asked === 'none' && effort !== 'none') clamp('reasoning');
  // Other dialects show thoughts to who asks for thinking; clients of this one say it themselves.
  const thinks = asked !== 'none' && extras.origin !== 'openai-responses';
  const isShown = reasoning.shown ?? (thinks && quirks.summaries === 'always');
  if (effort === undefined && !isShown) return null;
  return { ...(effort === undefined ? {} : { effort }), ...(isShown ? { summary: 'auto' } : {}) };
}

/** Models that think take neither a temperature nor log probabilities while they do. */
export function encodeSampling(
  { sampling, logprobs }: CanonicalRequest,
  { refuses }: ChatQuirks,
  model: OpenAiModel,
  reasoning: Reasoning | null,
  drop: Drop,
): Sampling {
  const isTaken = model.sampling === 'always' || (model.sampling === 'without-effort' && reasoning?.effort === 'none');
  const sent: Sampling = {};
  if (sampling.temperature !== null) {
    if (isTaken && !refuses.includes('temperature')) sent.temperature = sampling.temperature;
    else if (sampling.temperature !== 1) drop('temperature');
  }
  if (sampling.topP !== null) {
    if (isTaken && !refuses.includes('top_p')) sent.top_p = sampling.topP;
    else if (sampling.topP !== 1) drop('top_p');
  }
  if (logprobs !== null) {
    if (isTaken && !refuses.includes('logprobs')) sent.top_logprobs = logprobs.top;
    else drop('logprobs');
  }
  return sent;
}

/** What an answer is to hold besides: thoughts that can be sent back, and log probabilities. */
export function encodeInclude(
  { kind }: OpenAiModel,
  reasoning: Reasoning | null,
  { top_logprobs: logprobs }: Sampling,
): NonNullable<ResponseCreateParamsBase['include']> {
  // Of a model that nobody knows it is only known that it thinks where the client asks for it.
  const thinks = kind === 'reasoning' || (kind === 'unknown' && reasoning !== null && reasoning.effort !== 'none');
  return [
    ...(thinks ? (['reasoning.encrypted_content'] as const) : []),
    ...(logprobs === undefined ? [] : (['message.output_text.logprobs'] as const)),
  ];
}

/** The form of the text and its length. `null`: nothing is said of either. */
export function encodeText(request: CanonicalRequest, model: OpenAiModel, drop: Drop): ResponseTextConfig | null {
  const format = request.output === null ? null : encodeFormat(request.output);
  const verbosity = VERBOSITIES.find((known) => known === request.verbosity);
  const isTaken = verbosity !== undefined && takesVerbosity(model, verbosity);
  if (request.verbosity !== null && !isTaken) drop('verbosity');
  if (format === null && !isTaken) return null;
  return { ...(format === null ? {} : { format }), ...(isTaken ? { verbosity } : {}) };
}

function encodeFormat(output: OutputFormat): ResponseFormatTextConfig {
  switch (output.kind) {
    case 'json':
      return { type: 'json_object' };
    case 'schema':
      return {
        type: 'json_schema',
        // The name is needed, and may hold what a tool's name may.
        name: (output.name ?? '').replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'response',
        schema: { ...output.schema },
        ...(output.description === null ? {} : { description: output.description }),
        ...(output.strict === null ? {} : { strict: output.strict }),
      };
    default:
      return unreachable(output);
  }
}
