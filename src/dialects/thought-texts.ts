import type { AssistantPart, CarriedState } from '../canonical/parts.ts';

/**
 * The text that goes back with the state behind a thought which has none itself: its client has no place for states and
 * sends them in the ids of tool calls, the text apart from them. Empty where several follow: then the text is that of
 * all of them together, and which words belong to which is not known any more. `at`: where the thought is among the
 * parts.
 */
export function textForState(
  parts: readonly AssistantPart[],
  at: number,
  isOwn: (state: CarriedState | null) => boolean,
): string {
  const thought = parts[at];
  if (thought?.type !== 'reasoning') return '';
  let states = 0;
  for (const part of parts.slice(at + 1)) {
    if (part.type === 'reasoning' && (part.state === null || part.text !== '')) break;
    if ((part.type === 'reasoning' || part.type === 'tool_call') && isOwn(part.state)) states += 1;
  }
  return states > 1 ? '' : thought.text;
}
