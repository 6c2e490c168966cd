import type { CanonicalRequest, CustomTool } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';

/** The one argument of a function that stands for a tool whose argument is any text (Codex's `apply_patch`). */
const INPUT = 'input';

/** JSON Schema of such a function's parameters. */
export const CUSTOM_PARAMETERS = {
  type: 'object',
  properties: { [INPUT]: { type: 'string', description: 'The whole input of the tool, as it is.' } },
  required: [INPUT],
} as const;

/** What the tool is for, and the grammar of its input, which only words can tell to Gemini. */
export function customDescription({ description, format }: CustomTool): string {
  const grammar = format === null ? '' : `\n\nThe input follows this format: ${JSON.stringify(format)}`;
  return `${description ?? ''}${grammar}`.trim();
}

export function customArguments(text: string): Readonly<Record<string, unknown>> {
  return { [INPUT]: text };
}

/** The text in the arguments of a call of such a function; the arguments themselves where there is none. */
export function customText(argumentsText: string): string {
  const parsed = parseJson(argumentsText);
  const text = isObject(parsed) ? parsed[INPUT] : undefined;
  return typeof text === 'string' ? text : argumentsText;
}

export function customNames(request: CanonicalRequest): ReadonlySet<string> {
  return new Set(request.tools.flatMap((tool) => (tool.kind === 'custom' ? [tool.name] : [])));
}
