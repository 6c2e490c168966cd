import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { CanonicalRequest } from '../../canonical/request.ts';
import type { EncodeTarget } from '../dialect.ts';
import { openAiModel, takesVerbosity } from '../openai-models.ts';
import type { OpenAiModel } from '../openai-models.ts';
import { NOTHING, together, written } from './written.ts';
import type { Written } from './written.ts';

/** OpenAI takes four stop sequences. */
const MAX_STOPS = 4;

type Fields = Partial<ChatCompletionCreateParams> & { top_k?: number };

/** Temperature and its like, stop sequences, log probabilities, verbosity. */
export function encodeSampling(request: CanonicalRequest, target: EncodeTarget): Written {
  const model = openAiModel(target.model);
  return together([
    encodeChances(request, model, target),
    encodePenalties(request, model),
    encodeSeed(request, target),
    encodeTopK(request, model),
    encodeStop(request, model),
    encodeLogprobs(request, model),
    encodeVerbosity(request, model),
  ]);
}

/** A reasoning model of OpenAI's refuses what differs from its default, which is 1 for both. */
function encodeChances(request: CanonicalRequest, model: OpenAiModel, { quirks }: EncodeTarget): Written {
  const { temperature, topP } = request.sampling;
  const isTaken = takesSampling(request, model);
  const most = quirks.maxTemperature ?? Infinity;
  const fields: Fields = {
    ...(temperature !== null && isTaken ? { temperature: Math.min(temperature, most) } : {}),
    ...(topP !== null && isTaken ? { top_p: topP } : {}),
  };
  const said = written(fields, [
    ...(isTaken || temperature === null || temperature === 1 ? [] : ['temperature']),
    ...(isTaken || topP === null || topP === 1 ? [] : ['top_p']),
  ]);
  return isTaken && (temperature ?? 0) > most ? { ...said, clamped: ['temperature'] } : said;
}

function takesSampling({ reasoning }: CanonicalRequest, { sampling }: OpenAiModel): boolean {
  return sampling === 'always' || (sampling === 'without-effort' && reasoning?.effort === 'none');
}

/** A penalty of 0 is none: clients that always send it lose nothing. */
function encodePenalties({ sampling }: CanonicalRequest, { kind }: OpenAiModel): Written {
  const { frequencyPenalty, presencePenalty } = sampling;
  if (frequencyPenalty === null && presencePenalty === null) return NOTHING;
  if (kind === 'reasoning') {
    const dropped = [
      ...(frequencyPenalty === null || frequencyPenalty === 0 ? [] : ['frequency_penalty']),
      ...(presencePenalty === null || presencePenalty === 0 ? [] : ['presence_penalty']),
    ];
    return written({}, dropped);
  }
  const fields: Fields = {
    ...(frequencyPenalty === null ? {} : { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty === null ? {} : { presence_penalty: presencePenalty }),
  };
  return written(fields);
}

function encodeSeed({ sampling: { seed } }: CanonicalRequest, { quirks }: EncodeTarget): Written {
  if (seed === null) return NOTHING;
  if (quirks.seedField === null) return written({}, ['seed']);
  return written({ [quirks.seedField]: seed });
}

/** OpenAI has no such field and refuses it; nearly everyone who imitates it has (else the row of the table says so). */
function encodeTopK({ sampling: { topK } }: CanonicalRequest, { kind }: OpenAiModel): Written {
  if (topK === null) return NOTHING;
  return kind === 'unknown' ? written({ top_k: topK } satisfies Fields) : written({}, ['top_k']);
}

/** OpenAI's reasoning models take none ("Not supported with latest reasoning models": its API reference on `stop`). */
function encodeStop({ stop }: CanonicalRequest, { kind }: OpenAiModel): Written {
  if (stop.length === 0) return NOTHING;
  if (kind === 'reasoning') return written({}, ['stop']);
  const taken = kind === 'plain' ? stop.slice(0, MAX_STOPS) : [...stop];
  return written({ stop: taken } satisfies Fields, taken.length < stop.length ? ['stop'] : []);
}

function encodeLogprobs(request: CanonicalRequest, model: OpenAiModel): Written {
  const { logprobs } = request;
  if (logprobs === null) return NOTHING;
  if (!takesSampling(request, model)) return written({}, ['logprobs']);
  const fields: Fields = { logprobs: true, ...(logprobs.top > 0 ? { top_logprobs: logprobs.top } : {}) };
  return written(fields);
}

/** To upstreams that are not OpenAI it goes where their own client says it. */
function encodeVerbosity({ verbosity, extras }: CanonicalRequest, model: OpenAiModel): Written {
  if (verbosity === null) return NOTHING;
  const isKnown = model.kind === 'unknown' ? extras.origin === 'openai-chat' : takesVerbosity(model, verbosity);
  return isKnown ? written({ verbosity }) : written({}, ['verbosity']);
}
