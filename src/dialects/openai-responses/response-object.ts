import type { Response, ResponseOutputItem, ResponseStatus } from 'openai/resources/responses/responses';
import type { Finish } from '../../canonical/answer.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';
import type { AnswerContext } from '../dialect.ts';
import { wireError } from './errors.ts';
import { responseIdOf } from './ids.ts';
import { encodeUsage } from './usage.ts';
import type { WireUsage } from './usage.ts';

/** How far an answer has come. */
export type Progress =
  | { readonly status: 'in_progress' }
  | { readonly status: 'finished'; readonly finish: Finish }
  | { readonly status: 'failed'; readonly error: GatewayError };

/** What changes while an answer comes. */
type Moving = Pick<Response, 'status' | 'incomplete_details' | 'model' | 'output'> & {
  error: { code: string; message: string } | null;
  usage: WireUsage | null;
};

/**
 * Writes the response object, which every stream holds three times. What it repeats of the request (the tools of an
 * agent are long) is turned into JSON once.
 */
export class ResponseObject {
  readonly #head: string;
  readonly #repeated: string;
  model: string;

  constructor(context: AnswerContext) {
    const head: Pick<Response, 'id' | 'object' | 'created_at'> = {
      id: responseIdOf(context.exchangeId),
      object: 'response',
      created_at: Math.floor(context.createdAt / 1000),
    };
    this.#head = membersOf(head);
    this.#repeated = membersOf({ ...repeatedOf(context.body), store: context.isKept });
    this.model = context.model;
  }

  /** JSON text. `output`: items that are whole. */
  write(progress: Progress, output: readonly (ResponseOutputItem | JsonObject)[], usage: Usage | null): string {
    const moving: Moving = {
      ...statusOf(progress),
      error: errorOf(progress),
      model: this.model,
      // Items of OpenAI's own among them were never read.
      output: [...output] as ResponseOutputItem[],
      usage: usage === null ? null : encodeUsage(usage),
    };
    return `{${this.#head},${membersOf(moving)},${this.#repeated}}`;
  }
}

/** `completed` but for an answer that was cut off or held back. */
export function statusOf(progress: Progress): {
  status: ResponseStatus;
  incomplete_details: Response['incomplete_details'];
} {
  if (progress.status !== 'finished') return { status: progress.status, incomplete_details: null };
  const { reason } = progress.finish;
  if (reason === 'length') return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  if (reason === 'content_filter') return { status: 'incomplete', incomplete_details: { reason } };
  return { status: 'completed', incomplete_details: null };
}

/** The SDK lists OpenAI's codes; ours are among them as little as those of other providers. */
function errorOf(progress: Progress): { code: string; message: string } | null {
  if (progress.status !== 'failed') return null;
  const { code, message } = wireError(progress.error);
  return { code, message };
}

/**
 * The parameters of the request with what OpenAI takes where they are not there (recorded). Nothing of it is read again
 * by us: it stands there as the client wrote it.
 */
function repeatedOf(body: JsonObject): JsonObject {
  const reasoning = isObject(body['reasoning']) ? body['reasoning'] : {};
  const text = isObject(body['text']) ? body['text'] : {};
  return {
    background: false,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: body['max_tool_calls'] ?? null,
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: body['previous_response_id'] ?? null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: { effort: null, summary: null, ...reasoning },
    safety_identifier: body['safety_identifier'] ?? null,
    service_tier: body['service_tier'] ?? 'auto',
    temperature: body['temperature'] ?? 1,
    text: { ...text, format: text['format'] ?? { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_logprobs: body['top_logprobs'] ?? 0,
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    user: body['user'] ?? null,
    metadata: body['metadata'] ?? {},
  };
}

/** The members of an object as JSON text, without the braces around them. */
function membersOf(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}
