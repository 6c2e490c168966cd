import type { Tool as WireTool } from '@anthropic-ai/sdk/resources/messages';
import type { AnswerEvent } from '../../canonical/answer.ts';
import type { CustomTool } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';

/** A tool that takes any text becomes one that takes an object with this text. */
const FIELD = 'input';

export function customAsFunction(tool: CustomTool, name: string): WireTool {
  return {
    name,
    ...(tool.description === null ? {} : { description: tool.description }),
    input_schema: {
      type: 'object',
      properties: { [FIELD]: { type: 'string', description: textDescription(tool) } },
      required: [FIELD],
    },
  };
}

/** The grammar cannot be enforced; the model is shown it. */
function textDescription({ format }: CustomTool): string {
  const grammar = format === null ? null : (format['definition'] ?? null);
  if (format === null || typeof grammar !== 'string') return 'The whole input of the tool, as plain text.';
  const syntax = typeof format['syntax'] === 'string' ? format['syntax'] : 'following';
  return `The whole input of the tool, as plain text that keeps to this ${syntax} grammar:\n${grammar}`;
}

export function customInput(text: string): Record<string, unknown> {
  return { [FIELD]: text };
}

/** Makes the object of such a call the text again; what is not that object stays as it came. */
export class CustomToolReader {
  readonly #pieces = new Map<number, string[]>();

  take(event: AnswerEvent): readonly AnswerEvent[] {
    switch (event.type) {
      case 'tool_call':
        if (event.kind === 'custom') this.#pieces.set(event.call, []);
        return [event];
      case 'tool_arguments': {
        const pieces = this.#pieces.get(event.call);
        if (pieces === undefined) return [event];
        pieces.push(event.text);
        return [];
      }
      case 'tool_call_end': {
        const text = textOf((this.#pieces.get(event.call) ?? []).join(''));
        return text === '' ? [event] : [{ type: 'tool_arguments', call: event.call, text }, event];
      }
      default:
        return [event];
    }
  }
}

function textOf(input: string): string {
  const parsed = parseJson(input);
  const text = isObject(parsed) ? parsed[FIELD] : undefined;
  return typeof text === 'string' ? text : input;
}
