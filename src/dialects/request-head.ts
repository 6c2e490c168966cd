import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import { isObject } from '../std/is-object.ts';
import { keyText, visitMembers } from '../std/json-members.ts';
import type { BodyRules, PathFacts } from './face.ts';

/** A name goes into headers, rows and messages: it may be long (a repository, a file, a quantisation), not endless. */
const MAX_MODEL_CHARACTERS = 512;

/** The most choices that OpenAI takes in `n`. */
const MAX_CHOICES = 128;

/** Where a value stands in the body. `end` is exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** What the router and the ledger need of a request; the rest of its bytes goes through as it came. */
export interface RequestHead {
  readonly bytes: Buffer;
  readonly model: string;
  readonly stream: boolean;
  /** The client asked for the usage chunk itself (`stream_options.include_usage: true`). */
  readonly asksForUsage: boolean;
  /** How many choices a whole answer has: `n`, for each of the prompts. At least 1. */
  readonly choiceCount: number;
  /** How many are written for it and paid for, of which the best are given: `best_of` where that is more than `n`. */
  readonly writtenCount: number;
  /** `null`: the model's name is not in the body. */
  readonly modelSpan: Span | null;
  readonly streamOptionsSpan: Span | null;
  /** The index of the closing brace, where a member can be added. */
  readonly closingBrace: number;
}

/** A head, and the body that was parsed for it. */
export interface ReadRequest {
  readonly head: RequestHead;
  readonly body: JsonObject;
}

type RoutingField = 'model' | 'stream' | 'stream_options';
type Spans = { -readonly [Field in RoutingField]: Span | null };

/**
 * Reads a request body. Throws a `GatewayError` (400) that names the field when it is no JSON object, has no model, or
 * says `model`, `stream` or `stream_options` twice.
 */
export function readRequest(bytes: Buffer, rules: BodyRules, path: PathFacts): ReadRequest {
  const body = parseObject(bytes);
  const spans: Spans = { model: null, stream: null, stream_options: null };
  const object = visitMembers(bytes, 0, (keyStart, keyEnd, start, end) => {
    const field = routingField(bytes, keyStart, keyEnd);
    if (field === null) return;
    if (spans[field] !== null) throw duplicate(field);
    spans[field] = { start, end };
  });
  if (object === null) throw new Error('a JSON object was parsed but its members were not found');
  const model = rules.model === 'path' ? checkedModel(path.model) : modelOf(body, spans);
  const prompts = rules.needed?.field === 'prompt' ? promptsOf(body) : 1;
  const { stream_options: options } = body;
  const head = {
    bytes,
    model,
    stream: streamOf(body, rules, path),
    asksForUsage: isObject(options) && options['include_usage'] === true,
    choiceCount: choicesOf(body) * prompts,
    writtenCount: writtenOf(body) * prompts,
    modelSpan: rules.model === 'body' ? spans.model : null,
    streamOptionsSpan: spans.stream_options,
    closingBrace: object.close,
  };
  return { head, body };
}

function modelOf({ model }: JsonObject, spans: Spans): string {
  if (spans.model === null || model === undefined) throw missing('model');
  return checkedModel(model);
}

/** A model's name as it may be. Throws a `GatewayError` (400) for anything else. */
export function checkedModel(model: unknown): string {
  if (typeof model !== 'string' || model === '') throw invalid('model', 'must be a non-empty string');
  if (model.length <= MAX_MODEL_CHARACTERS) return model;
  throw invalid('model', `must have at most ${MAX_MODEL_CHARACTERS} characters`);
}

/** Throws a `GatewayError` (400) where the field is missing that the endpoint needs. */
export function checkNeeded(body: JsonObject, { needed }: BodyRules): void {
  if (needed === null) return;
  const value = body[needed.field];
  if (value === undefined) throw missing(needed.field);
  if (needed.isList && !Array.isArray(value)) throw invalid(needed.field, 'must be a list');
}

function streamOf({ stream }: JsonObject, rules: BodyRules, path: PathFacts): boolean {
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean')
    throw invalid('stream', 'must be true or false');
  if (rules.stream === 'never') return false;
  return rules.stream === 'path' ? path.stream : (stream ?? rules.stream.whenAbsent);
}

/** Whether another `n` is good is for the upstream to say. */
function choicesOf({ n }: JsonObject): number {
  return typeof n === 'number' && Number.isInteger(n) && n >= 1 && n <= MAX_CHOICES ? n : 1;
}

/** No bound here: what is paid for may only be overrated. */
function writtenOf({ n, best_of: bestOf }: JsonObject): number {
  return Math.max(1, wholeOf(n), wholeOf(bestOf));
}

function wholeOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}

/** A list of texts or of lists of tokens is as many prompts; a list of tokens is one. */
function promptsOf({ prompt }: JsonObject): number {
  if (!Array.isArray(prompt) || typeof prompt[0] === 'number') return 1;
  return Math.max(1, prompt.length);
}

/** A body as a JSON object. Throws a `GatewayError` (400) for anything else. */
export function parseObject(bytes: Buffer): JsonObject {
  if (bytes.length === 0) throw new GatewayError('invalid_json', 'The request body is empty; a JSON object is needed.');
  if (!isUtf8(bytes)) throw new GatewayError('invalid_json', 'The request body is not UTF-8 text.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new GatewayError('invalid_json', `The request body is not JSON: ${positionOnly(error.message)}.`, {
      cause: error,
    });
  }
  if (!isObject(parsed)) throw new GatewayError('invalid_body', 'The request body must be a JSON object.');
  return parsed;
}

/** V8 quotes the text around the mistake, which is the client's prompt: only the position is passed on. */
function positionOnly(message: string): string {
  const position = /at position \d+(?: \(line \d+ column \d+\))?/.exec(message)?.[0];
  return position === undefined ? 'it ends too early or holds a stray character' : `unexpected character ${position}`;
}

/**
 * The field that a key names for any reader behind us. Go's decoder (Ollama) takes keys in any case, and folds `ſ` to
 * `s`: a second `Model` there would be answered in place of the `model` that was routed.
 */
function routingField(bytes: Buffer, keyStart: number, keyEnd: number): RoutingField | null {
  const length = keyEnd - keyStart;
  if (length < 5 || length > 84) return null;
  const key = keyText(bytes, keyStart, keyEnd);
  if (isRoutingField(key)) return key;
  const folded = key.toLowerCase().replaceAll('ſ', 's');
  if (!isRoutingField(folded)) return null;
  throw new GatewayError('duplicate_field', `The field \`${folded}\` must be written in lower case.`, {
    param: folded,
  });
}

function isRoutingField(key: string): key is RoutingField {
  return key === 'model' || key === 'stream' || key === 'stream_options';
}

function missing(field: string): GatewayError {
  return new GatewayError('missing_field', `The request body has no \`${field}\`.`, { param: field });
}

function invalid(field: string, problem: string): GatewayError {
  return new GatewayError('invalid_body', `\`${field}\` ${problem}.`, { param: field });
}

function duplicate(field: string): GatewayError {
  return new GatewayError('duplicate_field', `The request body has \`${field}\` twice.`, { param: field });
}
