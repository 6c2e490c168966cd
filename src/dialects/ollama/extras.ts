import type { CanonicalRequest } from '../../canonical/request.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { extraNames } from '../extra-names.ts';
import { isObject } from '../../std/is-object.ts';

/**
 * Options that clients of other dialects write beside OpenAI's fields since they know that they talk to a local model
 * (`Options` and `Runner` in `api/types.go`).
 */
const KNOWN_OPTIONS: ReadonlySet<string> = new Set([
  'num_ctx',
  'num_keep',
  'num_batch',
  'num_gpu',
  'main_gpu',
  'num_thread',
  'use_mmap',
  'draft_num_predict',
  'min_p',
  'typical_p',
  'repeat_last_n',
  'repeat_penalty',
]);
/** The same option at vLLM and OpenRouter. */
const OTHER_NAMES: Readonly<Record<string, string>> = { repetition_penalty: 'repeat_penalty' };
/** Fields of Ollama's own that `/api/chat` has and no other dialect. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['keep_alive', 'shift']);

export interface SentExtras {
  readonly fields: JsonObject;
  readonly options: JsonObject;
  readonly truncate: boolean;
}

/** What goes along of the fields that no other dialect has a word for; the others' names are put into `dropped`. */
export function encodeExtras({ extras }: Pick<CanonicalRequest, 'extras'>, dropped: Set<string>): SentExtras {
  return extras.origin === 'ollama' ? ownExtras(extras.fields, dropped) : foreignExtras(extras, dropped);
}

function ownExtras(extras: JsonObject, dropped: Set<string>): SentExtras {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(extras)) {
    if (OWN_FIELDS.has(key)) fields[key] = value;
    else if (key !== 'options' && key !== 'truncate') dropped.add(key);
  }
  const options = extras['options'];
  return { fields, options: isObject(options) ? options : {}, truncate: extras['truncate'] === true };
}

function foreignExtras({ origin, fields: given }: CanonicalRequest['extras'], dropped: Set<string>): SentExtras {
  const fields: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const option = OTHER_NAMES[key] ?? key;
    if (key === 'keep_alive' && (typeof value === 'string' || typeof value === 'number')) fields[key] = value;
    else if (KNOWN_OPTIONS.has(option) && (typeof value === 'number' || typeof value === 'boolean')) {
      options[option] = value;
    } else for (const name of extraNames({ origin, fields: { [key]: value } })) dropped.add(name);
  }
  return { fields, options, truncate: false };
}
