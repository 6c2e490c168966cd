import { GatewayError } from '../../canonical/errors.ts';
import { isContextOverflow } from '../context-overflow.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import type { UpstreamAnswer } from '../dialect.ts';
import { quotedText } from '../quoted-text.ts';

/** An error message longer than this is cut: some servers answer with the whole prompt. */
const MESSAGE_CHARACTERS = 2_000;
/** A type or code longer than this is none. */
const NAME_CHARACTERS = 200;
/** A message that holds an error as JSON, which holds another. */
const MAX_NESTED = 4;
const BAD_GATEWAY = 502;
const OVERLOADED = 503;

interface Said {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | number | null;
}

/** An error in Ollama's shape: a text, and nothing for programs. */
export function encodeError(error: GatewayError): { readonly status: number; readonly body: string } {
  // 529 is Anthropic's alone: others retry 503.
  const status = error.status === 529 ? 503 : error.status;
  return { status, body: JSON.stringify({ error: errorText(error) }) };
}

export function errorText({ message, hint }: GatewayError): string {
  return hint === null ? message : `${message} ${hint}`;
}

/** An answer of 400 and more, or one of 200 whose body is an error. */
export function decodeError({ provider, status, retryAfter, body }: UpstreamAnswer): GatewayError {
  const said = readSaid(parseJson(body)) ?? unreadable(body);
  const isRefusal = status >= 400;
  const what = isRefusal ? `answered ${status}` : 'answered with an error';
  return failure(`${provider} ${what}`, said, isRefusal ? status : statusInside(said), retryAfter);
}

/** A line `{"error": …}` in the middle of a stream. `null`: the line is none. */
export function errorInStream(line: Readonly<Record<string, unknown>>, provider: string): GatewayError | null {
  if (line['error'] === undefined || line['error'] === null) return null;
  const said = readSaid(line) ?? unreadable(JSON.stringify(line['error']));
  const status = line['status'];
  const told = isErrorStatus(status) ? status : statusInside(said);
  return failure(`${provider} broke off with an error`, said, told, null);
}

function failure(subject: string, said: Said, status: number, retryAfter: string | null): GatewayError {
  const text = `${subject}: ${said.message.slice(0, MESSAGE_CHARACTERS)}`;
  const hint = hintFor(said.message, status);
  // What is to be done follows as a sentence of its own.
  const message = hint === null || /[.!?]$/.test(text) ? text : `${text}.`;
  const told = {
    ...(said.type === null ? {} : { upstreamType: said.type.slice(0, NAME_CHARACTERS) }),
    ...(said.code === null ? {} : { upstreamCode: cutCode(said.code) }),
  };
  // Its own type would hide what clients look for.
  if (isContextOverflow(said.message, said.type)) return new GatewayError('context_length_exceeded', message);
  return new GatewayError('upstream_error', message, {
    status,
    ...told,
    ...(hint === null ? {} : { hint }),
    ...(retryAfter === null ? {} : { retryAfter }),
  });
}

function cutCode(code: string | number): string | number {
  return typeof code === 'string' ? code.slice(0, NAME_CHARACTERS) : code;
}

/** llama-server puts the status that Ollama did not answer with into `code`. */
function statusInside({ code, message }: Said): number {
  if (isErrorStatus(code)) return code;
  return BUSY.test(message) ? OVERLOADED : BAD_GATEWAY;
}

/** `ErrMaxQueue` in `server/sched.go` of Ollama, which answers it with 503 where the stream has not begun. */
const BUSY = /^server busy\b|maximum pending requests exceeded|\boverloaded\b/i;

function isErrorStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 400 && value <= 599;
}

/** `{"error": "text"}`; the text may be llama-server's whole answer as JSON (seen in Ollama 0.34.0). */
function readSaid(body: unknown, nested = 0): Said | null {
  if (!isObject(body)) return null;
  const { error, message } = body;
  if (typeof error === 'string') return inner(error, nested) ?? { message: error, type: null, code: null };
  if (isObject(error)) return readSaid({ ...error, error: undefined }, nested);
  if (typeof message !== 'string') return null;
  const { type, code } = body;
  return (
    inner(message, nested) ?? {
      message,
      type: typeof type === 'string' ? type : null,
      code: typeof code === 'string' || typeof code === 'number' ? code : null,
    }
  );
}

function inner(text: string, nested: number): Said | null {
  return text.startsWith('{') && nested < MAX_NESTED ? readSaid(parseJson(text), nested + 1) : null;
}

/** As `llm/status.go` of Ollama recognises them. */
const OUT_OF_MEMORY = /out of (?:device )?memory|(?:cuda|hip)Malloc failed|failed to allocate|allocation failed/i;
const TOO_LITTLE_MEMORY = /(?:not enough|insufficient) memory|requires more system memory/i;

function hintFor(message: string, status: number): string | null {
  const missing = /^model ['"]([^'"\s]{1,200})['"] not found/.exec(message)?.[1];
  if (missing !== undefined) return `\`ollama pull ${missing}\` fetches it.`;
  if (/does not support tools/.test(message)) return 'Choose a model with the capability `tools`, or send none.';
  if (/does not support thinking/.test(message)) return 'Choose a model that thinks, or do not ask for reasoning.';
  if (OUT_OF_MEMORY.test(message) || TOO_LITTLE_MEMORY.test(message)) {
    return 'The model does not fit into memory with this context: choose a smaller one of either.';
  }
  return status === 401 ? '`ollama signin` signs in to its cloud models.' : null;
}

function unreadable(text: string): Said {
  return { message: quotedText(text), type: null, code: null };
}
