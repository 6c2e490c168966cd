import type { ContentBlock, TextBlock, ToolUseBlock } from '@anthropic-ai/sdk/resources/messages';
import type { AnswerPart } from '../../canonical/answer.ts';
import { idWithState } from '../../canonical/carried-state.ts';
import type { CarriedState, ForeignPart, ImagePart, JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { unreachable } from '../../std/unreachable.ts';
import { writeCitation } from './citations.ts';
import { customInput } from './custom-tools.ts';
import { ORIGIN, thinkingBlock } from './states.ts';

/**
 * A block of an answer. The SDK's type wants a `caller` in every call, which the API itself leaves out where no other
 * tool called, and has no images, which no model of Anthropic's makes; clients get such in the shape of the input's.
 */
export type AnswerBlock = ContentBlock | UncitedBlock | Omit<ToolUseBlock, 'caller'> | JsonObject;

/**
 * The SDK's type wants `citations`, at least `null`; the API leaves them out where there are none, and Vercel's SDK
 * takes a text with `null` for no answer of Anthropic's.
 */
type UncitedBlock = Omit<TextBlock, 'citations'>;

/** The blocks of a whole answer. What belongs to other dialects is left out. */
export function writeBlock({ part, citations }: AnswerPart): readonly AnswerBlock[] {
  switch (part.type) {
    case 'text': {
      const written = citations.flatMap((citation) => writeCitation(citation) ?? []);
      if (written.length === 0) return [{ type: 'text', text: part.text } satisfies UncitedBlock];
      return [{ type: 'text', text: part.text, citations: written } satisfies ContentBlock];
    }
    case 'refusal':
      return [{ type: 'text', text: part.text } satisfies UncitedBlock];
    case 'reasoning':
      return [thinkingBlock(part.text, part.state)];
    case 'tool_call': {
      const input = part.kind === 'custom' ? customInput(part.arguments) : objectIn(part.arguments);
      return [toolUse(part.id, part.name, part.state, input)];
    }
    case 'image':
      return [imageBlock(part)].filter((block) => block !== null);
    case 'foreign':
      return foreignBlock(part);
    default:
      return unreachable(part);
  }
}

/** A call; its id brings a state of another dialect to the client and back. */
export function toolUse(
  id: string,
  name: string,
  state: CarriedState | null,
  input: JsonObject,
): Omit<ToolUseBlock, 'caller'> {
  return { type: 'tool_use', id: idWithState(id, state), name, input };
}

/** Arguments that a model wrote wrongly cannot be an input; clients stop at one that is no object. */
function objectIn(text: string): JsonObject {
  const parsed = parseJson(text);
  return isObject(parsed) ? parsed : {};
}

export function imageBlock({ source }: ImagePart): JsonObject | null {
  if (source.kind !== 'base64') return null;
  return { type: 'image', source: { type: 'base64', media_type: source.mediaType, data: source.data } };
}

export function foreignBlock({ origin, value }: ForeignPart): readonly JsonObject[] {
  return origin === ORIGIN ? [value] : [];
}
