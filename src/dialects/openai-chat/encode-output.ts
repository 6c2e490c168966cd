import type { ResponseFormatJSONObject, ResponseFormatJSONSchema } from 'openai/resources/shared';
import type { CanonicalRequest, Message, OutputFormat } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { EncodeTarget } from '../dialect.ts';
import { ONLY_JSON, saysJson } from '../instruction.ts';
import { NOTHING, written } from './written.ts';
import type { Written } from './written.ts';

/** A schema needs a name here; most other dialects have none. */
const UNNAMED = 'response';

export interface WrittenOutput extends Written {
  /** What has to stand in the prompt besides; `null`: nothing. */
  readonly instruction: string | null;
}

/** The form of the answer, or words for it in the prompt where the upstream has none. */
export function encodeOutput(request: CanonicalRequest, { quirks }: EncodeTarget): WrittenOutput {
  const { output } = request;
  if (output === null) return { ...NOTHING, instruction: null };
  switch (quirks.schemas) {
    case 'native':
      return nativeFormat(output, request.messages);
    case 'json-object':
      return { ...written({ response_format: JSON_OBJECT }), instruction: wordsFor(output, request.messages) };
    case 'none':
      return { ...written({}, ['response_format']), instruction: wordsFor(output, []) };
    default:
      return unreachable(quirks.schemas);
  }
}

const JSON_OBJECT = { type: 'json_object' } satisfies ResponseFormatJSONObject;

function nativeFormat(output: OutputFormat, messages: readonly Message[]): WrittenOutput {
  if (output.kind === 'json') {
    return { ...written({ response_format: JSON_OBJECT }), instruction: wordsFor(output, messages) };
  }
  const format: ResponseFormatJSONSchema = {
    type: 'json_schema',
    json_schema: {
      name: nameOf(output.name),
      schema: output.schema,
      ...(output.description === null ? {} : { description: output.description }),
      ...(output.strict === null ? {} : { strict: output.strict }),
    },
  };
  return { ...written({ response_format: format }), instruction: null };
}

/** Letters, digits, underscores and dashes, at most 64 of them. */
function nameOf(name: string | null): string {
  const allowed = (name ?? '').replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64);
  return allowed === '' ? UNNAMED : allowed;
}

function wordsFor(output: OutputFormat, messages: readonly Message[]): string | null {
  if (output.kind === 'schema') {
    return `${ONLY_JSON} It must fit this JSON Schema:\n${JSON.stringify(output.schema)}`;
  }
  return saysJson(messages) ? null : ONLY_JSON;
}
