import type { Completion, CompletionChoice } from 'openai/resources/completions';
import type { AnswerEvent, CanonicalAnswer, Finish, TokenLogprob } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest } from '../../canonical/request.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { AnswerContext, Front, StreamEncoder } from '../dialect.ts';
import { countField, unsupported, wrong } from '../fields.ts';
import { decodeRequest as decodeChatRequest } from './decode-request.ts';
import { encodeUsage } from './encode-usage.ts';
import { encodeChatError, encodeOpenAiErrorEvent } from './errors.ts';
import { PARAMETERS } from './parameters.ts';

const DONE = 'data: [DONE]\n\n';
const KEEP_ALIVE = ': keepalive\n\n';

/**
 * OpenAI's older endpoint, `/v1/completions`, for models that are asked in another dialect: the prompt is one message
 * of the user's, and the answer is a `text_completion` (the types of the `openai` package).
 */
export const completions: Front = {
  decodeRequest,
  encodeAnswer,
  encodeStream: (context) => new TextWriter(context),
  encodeError: encodeChatError,
  parameters: PARAMETERS,
  streamContentType: 'text/event-stream; charset=utf-8',
};

/** What belongs to a text without turns (`suffix`, `echo`, `best_of`) is kept for an upstream that knows it. */
function decodeRequest(
  body: JsonObject,
  asked: { readonly model: string; readonly stream: boolean },
): CanonicalRequest {
  const message = { role: 'user', content: promptOf(body['prompt']) };
  const others = Object.entries(body).filter(([key, value]) => key !== 'prompt' && !saysNothing(key, value));
  const request = decodeChatRequest({ ...Object.fromEntries(others), logprobs: null, messages: [message] }, asked);
  const top = countField(body, 'logprobs', '');
  return { ...request, logprobs: top === null ? null : { top } };
}

function promptOf(prompt: unknown): string {
  if (typeof prompt === 'string') return prompt;
  if (!Array.isArray(prompt) || prompt.length === 0) return wrong('prompt', 'must be a string or a list');
  const [first, ...more] = prompt as readonly unknown[];
  if (typeof first !== 'string') return unsupported('prompt', 'is given in tokens, which this model does not take');
  return more.length === 0 ? first : unsupported('prompt', 'has several prompts, and this model takes one at a time');
}

/** Clients write these out though they are what happens without them. */
function saysNothing(key: string, value: unknown): boolean {
  return (
    (key === 'echo' && value === false) || (key === 'best_of' && value === 1) || (key === 'suffix' && value === '')
  );
}

function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): string {
  const texts = answer.content.map(({ part }) => (part.type === 'text' || part.type === 'refusal' ? part.text : ''));
  const usage = encodeUsage(answer.usage);
  const body: Completion = {
    ...headOf(context, answer.model),
    choices: [
      {
        index: 0,
        text: texts.join(''),
        logprobs: answer.logprobs === null ? null : encodeLogprobs(answer.logprobs, 0),
        finish_reason: reasonOf(answer.finish),
      },
    ],
    ...(usage === null ? {} : { usage }),
  };
  return JSON.stringify(body);
}

function headOf({ exchangeId, createdAt, model }: AnswerContext, named: string | null): Omit<Completion, 'choices'> {
  return {
    id: `cmpl-${exchangeId.replaceAll('-', '')}`,
    object: 'text_completion',
    created: Math.floor(createdAt / 1000),
    model: named ?? model,
  };
}

/** Nobody offers tools here. */
function reasonOf(finish: Finish | null): CompletionChoice['finish_reason'] {
  const reason = finish?.reason ?? 'stop';
  return reason === 'tool_calls' ? 'stop' : reason;
}

/** `offset`: characters of the text before the first token. */
function encodeLogprobs(tokens: readonly TokenLogprob[], offset: number): CompletionChoice.Logprobs {
  let at = offset;
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map(({ token, logprob }) => [token, logprob]))),
    text_offset: tokens.map(({ token }) => {
      const start = at;
      at += token.length;
      return start;
    }),
  };
}

/** Thoughts have no place here. */
class TextWriter implements StreamEncoder {
  readonly #context: AnswerContext;
  /** What stands before the text of a chunk: written once, since a stream has thousands. */
  #head = '';
  #usage: Usage | null = null;
  #tokensEnd = 0;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#begin(null);
  }

  push(event: AnswerEvent): string {
    switch (event.type) {
      case 'start':
        this.#begin(event.model);
        return '';
      case 'text':
      case 'refusal':
        return this.#chunk(event.text, null, null);
      case 'logprobs': {
        const logprobs = encodeLogprobs(event.tokens, this.#tokensEnd);
        for (const { token } of event.tokens) this.#tokensEnd += token.length;
        return this.#chunk('', logprobs, null);
      }
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'finish':
        return this.#chunk('', null, reasonOf(event.finish));
      case 'error':
        return encodeOpenAiErrorEvent(event.error);
      default:
        return '';
    }
  }

  end(): string {
    const usage = this.#context.request.streamUsage ? encodeUsage(this.#usage) : null;
    return usage === null ? DONE : `${this.#head}[],"usage":${JSON.stringify(usage)}}\n\n${DONE}`;
  }

  keepAlive(): string {
    return KEEP_ALIVE;
  }

  #begin(model: string | null): void {
    this.#head = `data: ${JSON.stringify(headOf(this.#context, model)).slice(0, -1)},"choices":`;
  }

  #chunk(text: string, logprobs: CompletionChoice.Logprobs | null, reason: string | null): string {
    const told = logprobs === null ? 'null' : JSON.stringify(logprobs);
    const end = `"logprobs":${told},"finish_reason":${JSON.stringify(reason)}`;
    return `${this.#head}[{"index":0,"text":${JSON.stringify(text)},${end}}]}\n\n`;
  }
}
