import { textPart } from '../canonical/parts.ts';
import type { Message, OutputFormat } from '../canonical/request.ts';

/** Asks in words for what a field cannot say, or says only together with them. */
export const ONLY_JSON = 'Answer with one JSON object and nothing else.';

/**
 * The form of the answer in words, for an upstream that takes it as a field only where there are no tools: held to that
 * form from its first token on, a model could not call one.
 */
export function formBesideTools(output: OutputFormat): string {
  const only = 'Call tools where you need them. What you answer in the end must be one JSON object and nothing else.';
  return output.kind === 'json' ? only : `${only} It must fit this JSON Schema:\n${JSON.stringify(output.schema)}`;
}

/** The messages with one more of the system behind those at the beginning, where a prompt's cache lasts longest. */
export function withInstruction(messages: readonly Message[], instruction: string | null): readonly Message[] {
  if (instruction === null) return messages;
  const at = leadingSystems(messages);
  return [...messages.slice(0, at), { role: 'system', content: [textPart(instruction)] }, ...messages.slice(at)];
}

/** How many messages of the system stand at the beginning. */
export function leadingSystems(messages: readonly Message[]): number {
  const at = messages.findIndex(({ role }) => role !== 'system');
  return at < 0 ? messages.length : at;
}

/** OpenAI and DeepSeek refuse `json_object` when nothing in the prompt says JSON. */
export function saysJson(messages: readonly Message[]): boolean {
  return messages.some((message) => {
    if (message.role === 'tool') return message.results.some(({ content }) => content.some(hasJson));
    return message.content.some(hasJson);
  });
}

function hasJson(part: { readonly type: string }): boolean {
  return part.type === 'text' && 'text' in part && typeof part.text === 'string' && /json/i.test(part.text);
}
