import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest } from '../../canonical/request.ts';
import { clampedField } from '../dialect.ts';
import type { EncodedRequest, EncodeTarget } from '../dialect.ts';
import { extraNames } from '../extra-names.ts';
import { restOf } from '../fields.ts';
import { openAiModel } from '../openai-models.ts';
import { shortKey } from '../short-key.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeOutput } from './encode-output.ts';
import { encodeReasoning } from './encode-reasoning.ts';
import { encodeSampling } from './encode-sampling.ts';
import { encodeTools } from './encode-tools.ts';
import { encodeTokenLimit } from './token-limit.ts';
import { NOTHING, together, written } from './written.ts';
import type { Written } from './written.ts';

/** OpenAI's tiers. Anthropic's `standard_only` would be refused. */
const SERVICE_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast']);

/** The body for an upstream of chat completions, by what its row of the table says of it. */
export function encodeRequest(request: CanonicalRequest, target: EncodeTarget): EncodedRequest {
  const output = encodeOutput(request, target);
  const {
    fields,
    dropped: unsaid,
    clamped = [],
  } = together([
    // First: what is written below may build on a field of the client's, and stands in its place.
    encodeExtras(request, target),
    encodeStreaming(request, target),
    encodeTools(request, target),
    output,
    encodeReasoning(request, target),
    encodeSampling(request, target),
    encodeTokenLimit(request, target),
    encodeRest(request),
  ]);
  const messages = encodeMessages(request, target, output.instruction);
  const body: JsonObject = { model: target.model, messages, ...fields };
  const dropped = new Set(unsaid);
  const taken = withoutRefused(body, target, dropped);
  return {
    body: taken,
    dropped: [...dropped],
    ...clampedField(clamped.filter((name) => !dropped.has(name))),
    headers: {},
  };
}

/** The usage is asked for whether the client wants it or not: it is for the ledger. */
function encodeStreaming({ stream }: CanonicalRequest, { quirks }: EncodeTarget): Written {
  if (!stream) return NOTHING;
  if (!quirks.streamUsage) return written({ stream: true });
  const fields = { stream: true, stream_options: { include_usage: true } };
  return written(fields satisfies Partial<ChatCompletionCreateParams>);
}

function encodeRest(request: CanonicalRequest): Written {
  const { user, cacheKey, serviceTier, choiceCount } = request;
  const takesTier = serviceTier === null || SERVICE_TIERS.has(serviceTier) || request.extras.origin === 'openai-chat';
  const fields: Record<string, unknown> = {};
  if (user !== null) fields['user'] = shortKey(user);
  if (cacheKey !== null) fields['prompt_cache_key'] = shortKey(cacheKey);
  if (serviceTier !== null && takesTier) fields['service_tier'] = serviceTier;
  // An answer has one choice once it is read: others would be paid for and lost.
  return written(fields, [...(takesTier ? [] : ['service_tier']), ...(choiceCount > 1 ? ['n'] : [])]);
}

/** Fields of this dialect go on as they came; of those of others nobody here knows the meaning. */
function encodeExtras({ extras }: CanonicalRequest, { model }: EncodeTarget): Written {
  if (extras.origin !== 'openai-chat') {
    return written({}, extraNames(extras));
  }
  const { logit_bias: bias, ...others } = extras.fields;
  if (bias === undefined || openAiModel(model).kind !== 'reasoning') return written(extras.fields);
  return written(others, ['logit_bias']);
}

/** Without what the upstream is known to refuse, and what only goes with it. */
function withoutRefused(body: JsonObject, { quirks }: EncodeTarget, dropped: Set<string>): JsonObject {
  const gone = new Set(quirks.refuses.filter((name) => body[name] !== undefined));
  for (const name of gone) dropped.add(name);
  if (body['tools'] === undefined || gone.has('tools')) gone.add('tool_choice').add('parallel_tool_calls');
  if (gone.has('logprobs')) gone.add('top_logprobs');
  return [...gone].some((name) => body[name] !== undefined) ? restOf(body, gone) : body;
}
