import type { CanonicalRequest, Message } from '../../canonical/request.ts';
import { decodeMessages, mediaIn } from './decode-messages.ts';
import { decodeSettings } from './settings.ts';
import { decodeTools } from './tools.ts';
import { emptyRequest } from '../../canonical/request.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { textField } from '../fields.ts';
import { textPart } from '../../canonical/parts.ts';

export interface Asked {
  readonly model: string;
  readonly stream: boolean;
}

/** A body of `/api/chat`. */
export function decodeRequest(body: JsonObject, { model, stream }: Asked): CanonicalRequest {
  return {
    ...emptyRequest(model, 'ollama'),
    stream,
    streamUsage: true,
    messages: decodeMessages(body),
    tools: decodeTools(body),
    ...decodeSettings(body, ['messages', 'tools']),
  };
}

/**
 * A body of `/api/generate`: one prompt. What belongs to the model's own template (`suffix`, `template`, `raw`,
 * `context`) is kept for an upstream that has one.
 */
export function decodeGenerateRequest(body: JsonObject, { model, stream }: Asked): CanonicalRequest {
  return {
    ...emptyRequest(model, 'ollama'),
    stream,
    streamUsage: true,
    messages: promptOf(body),
    ...decodeSettings(body, ['prompt', 'system', 'images']),
  };
}

function promptOf(body: JsonObject): readonly Message[] {
  const system = textField(body, 'system', '') ?? '';
  const prompt = textField(body, 'prompt', '') ?? '';
  const text = prompt === '' ? [] : [textPart(prompt)];
  return [
    ...(system === '' ? [] : [{ role: 'system', content: [textPart(system)] } as const]),
    { role: 'user', content: [...mediaIn(body, ''), ...text] },
  ];
}

/** Whether the answer is to be a stream: it is where the client does not say. */
export function streamOf(body: JsonObject): boolean {
  return body['stream'] !== false;
}
