import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { isObject } from '../../src/std/is-object.ts';
import { parseJson } from '../../src/std/parse-json.ts';
import { converseFrame } from './event-stream-frames.ts';

/** Answers of real providers, beside the project; they do not ship with it. */
export const RECORDED_FOLDER = join(import.meta.dirname, '../../../shared/recorded');

export const NOT_JSON = 'its events are no JSON';

export interface RecordedAnswer {
  /** `openai/openai-text.json`. */
  readonly name: string;
  readonly dialect: DialectId;
  /** The whole answer, or the payloads of its stream. */
  readonly body: { readonly kind: 'whole'; readonly json: unknown } | RecordedStream;
}

interface RecordedStream {
  readonly kind: 'stream';
  readonly payloads: readonly JsonObject[];
  readonly bytes: Buffer;
}

export interface Recorded {
  readonly answers: readonly RecordedAnswer[];
  readonly errors: readonly { readonly name: string; readonly text: string }[];
  /** Files that are no answers of chat models: name and reason. */
  readonly leftOut: readonly (readonly [name: string, reason: string])[];
}

/** `null`: the folder is not there. */
export function readRecorded(): Recorded | null {
  if (!existsSync(RECORDED_FOLDER)) return null;
  const names = readdirSync(RECORDED_FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(json|txt|sse)$/.test(name))
    .sort();
  const answers: RecordedAnswer[] = [];
  const errors: { name: string; text: string }[] = [];
  const leftOut: (readonly [string, string])[] = [];
  for (const name of names) {
    const text = readFileSync(join(RECORDED_FOLDER, name), 'utf8');
    const payloads = payloadsOf(name, text);
    if (payloads === null) {
      leftOut.push([name, NOT_JSON]);
      continue;
    }
    const told = dialectOf(payloads);
    if (told.kind === 'error') errors.push({ name, text });
    else if (told.kind === 'other') leftOut.push([name, told.reason]);
    else {
      const { dialect } = told;
      answersIn(payloads).forEach((one, index) => {
        const number = index === 0 ? '' : ` (${index + 1})`;
        answers.push({ name: name + number, dialect, body: bodyOf(name, text, one, dialect) });
      });
    }
  }
  return { answers, errors, leftOut };
}

/** `null`: not all of them can be read. */
function payloadsOf(name: string, text: string): JsonObject[] | null {
  const texts = name.endsWith('.json') ? [text] : linesOf(text);
  const payloads = texts.map(parseJson).filter(isObject);
  return payloads.length === texts.length ? payloads : null;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^data: /, '').trim())
    .filter((line) => line !== '' && line !== '[DONE]');
}

/** Some files hold the answers of several steps, one behind the other. */
function answersIn(payloads: readonly JsonObject[]): JsonObject[][] {
  const answers: JsonObject[][] = [];
  for (const payload of payloads) {
    const last = answers.at(-1);
    if (last === undefined || (payload['type'] === 'response.created' && last.length > 0)) answers.push([payload]);
    else last.push(payload);
  }
  return answers;
}

type Told =
  | { readonly kind: 'answer'; readonly dialect: DialectId }
  | { readonly kind: 'error' }
  | { readonly kind: 'other'; readonly reason: string };

const answer = (dialect: DialectId): Told => ({ kind: 'answer', dialect });
const other = (reason: string): Told => ({ kind: 'other', reason });

/** Told by the shape: the folders mix APIs. */
function dialectOf([first = {}]: readonly JsonObject[]): Told {
  const { type, object } = first;
  if (object === 'text_completion') return other('a text completion');
  if (Array.isArray(first['choices'])) return answer('openai-chat');
  if (type === 'message' || type === 'message_start') return answer('anthropic-messages');
  if (object === 'response' || (typeof type === 'string' && type.startsWith('response.'))) {
    return answer('openai-responses');
  }
  if (Array.isArray(first['candidates'])) return answer('gemini');
  if (
    isObject(first['output']) ||
    'messageStart' in first ||
    'contentBlockStart' in first ||
    'contentBlockDelta' in first
  ) {
    return answer('bedrock-converse');
  }
  if (isObject(first['error'])) return { kind: 'error' };
  if ('interaction' in first || 'steps' in first || 'outputs' in first) return other("Gemini's interactions");
  if ('setupComplete' in first) return other('a live session');
  if ('embeddings' in first || 'predictions' in first || object === 'list') return other('embeddings');
  if (isObject(first['message'])) return other("Cohere's own API, which is called by its compatible one");
  if ('text' in first || 'headers' in first) return other('a transcription');
  return other('an object of another API');
}

function bodyOf(
  name: string,
  text: string,
  payloads: readonly JsonObject[],
  dialect: DialectId,
): RecordedAnswer['body'] {
  if (name.endsWith('.json')) return { kind: 'whole', json: payloads[0] };
  const bytes = name.endsWith('.sse') ? Buffer.from(text) : streamOf(payloads, dialect);
  return { kind: 'stream', payloads, bytes };
}

/** The payloads in the frames in which the provider sends them. */
function streamOf(payloads: readonly JsonObject[], dialect: DialectId): Buffer {
  if (dialect === 'bedrock-converse') return Buffer.concat(payloads.map(converseFrame));
  const named = dialect === 'anthropic-messages' || dialect === 'openai-responses';
  const frames = payloads.map((payload) => {
    const event = named ? `event: ${String(payload['type'])}\n` : '';
    return `${event}data: ${JSON.stringify(payload)}\n\n`;
  });
  return Buffer.from(frames.join('') + (dialect === 'openai-chat' ? 'data: [DONE]\n\n' : ''));
}
