import { GatewayError } from '../../canonical/errors.ts';
import { NOTHING_IN_PATH } from '../face.ts';
import type { BodyRules } from '../face.ts';
import { readRequest } from '../request-head.ts';
import type { ReadRequest, RequestHead } from '../request-head.ts';
import { RELAY_RULES } from './endpoints.ts';
import type { RelayEndpoint, RelayRules } from './endpoints.ts';
import { readParts, textOfPart } from './multipart-head.ts';
import type { PartSpan } from './multipart-head.ts';

const MAX_MODEL_CHARACTERS = 512;

/** What the router and the ledger need of a request that is relayed; `form`: how its model is replaced. */
export interface RelayHead extends RequestHead {
  readonly form: RelayRules['form'];
  /** The client's, which says what stands between the parts of a form. */
  readonly contentType: string;
}

/**
 * Reads a request of a relayed endpoint. Throws a `GatewayError` (400, 415) that names the field. `stream`: the answer
 * comes in server-sent events, where the model can; what came is told by the answer's own `content-type`.
 */
export function readRelayHead(bytes: Buffer, endpoint: RelayEndpoint, contentType: string | undefined): RelayHead {
  const rules = RELAY_RULES[endpoint];
  if (rules.form === 'multipart') return readForm(bytes, rules, contentType);
  const { head, body } = readJson(bytes, rules);
  if (rules.needed.every((field) => (body[field] ?? null) === null)) throw missing(rules);
  // Speech is asked for in events by a field of its own; elsewhere it comes as it is made.
  const type = { form: 'json', contentType: 'application/json' } as const;
  return { ...head, ...type, stream: endpoint === 'audio/speech' ? body['stream_format'] === 'sse' : head.stream };
}

const BODY_RULES: BodyRules = { model: 'body', stream: { whenAbsent: false }, needed: null };

function readJson(bytes: Buffer, { defaultModel }: RelayRules): ReadRequest {
  try {
    return readRequest(bytes, BODY_RULES, NOTHING_IN_PATH);
  } catch (error) {
    const isModelMissing = error instanceof GatewayError && error.code === 'missing_field' && error.param === 'model';
    if (!isModelMissing || defaultModel === null) throw error;
    return readRequest(bytes, { ...BODY_RULES, model: 'path' }, { ...NOTHING_IN_PATH, model: defaultModel });
  }
}

function readForm(bytes: Buffer, rules: RelayRules, contentType: string | undefined): RelayHead {
  const parts = readParts(bytes, contentType);
  const model = fieldOf(parts, 'model');
  if (model === null) throw missing({ ...rules, needed: ['model'] });
  const name = textOfPart(bytes, model);
  if (name === '' || name.length > MAX_MODEL_CHARACTERS || /[\r\n]/.test(name)) {
    const message = `\`model\` must be a text of 1 to ${MAX_MODEL_CHARACTERS} characters in one line.`;
    throw new GatewayError('invalid_body', message, { param: 'model' });
  }
  if (!parts.some((part) => rules.needed.includes(part.name))) throw missing(rules);
  const stream = fieldOf(parts, 'stream');
  return {
    bytes,
    form: 'multipart',
    contentType: contentType ?? '',
    model: name,
    stream: stream !== null && /^(?:true|1|on|yes)$/i.test(textOfPart(bytes, stream)),
    asksForUsage: false,
    choiceCount: 1,
    writtenCount: 1,
    modelSpan: { start: model.start, end: model.end },
    streamOptionsSpan: null,
    // A form has none; nothing is ever added to it.
    closingBrace: bytes.length,
  };
}

/** A field that decides what happens stands there once, and is no file. */
function fieldOf(parts: readonly PartSpan[], name: string): PartSpan | null {
  const found = parts.filter((part) => part.name === name);
  const [first = null] = found;
  if (found.length > 1) throw new GatewayError('duplicate_field', `The form has \`${name}\` twice.`, { param: name });
  if (first?.isFile === true) {
    throw new GatewayError('invalid_body', `\`${name}\` must be a field, not a file.`, { param: name });
  }
  return first;
}

function missing({ form, needed }: RelayRules): GatewayError {
  const [first = ''] = needed;
  const what = form === 'multipart' ? 'form' : 'request body';
  return new GatewayError('missing_field', `The ${what} has no \`${first}\`.`, { param: first });
}
