import type { DialectId } from '../canonical/dialect-id.ts';
import { placeOf } from '../canonical/part-places.ts';
import type { AssistantPart, ResultPart, UserPart } from '../canonical/parts.ts';
import type { CanonicalRequest, Message } from '../canonical/request.ts';
import { unsupported } from '../dialects/fields.ts';

/**
 * The pieces of a request that only another dialect than this one knows, for `x-llmgw-dropped`:
 * `content.container_upload`. Each once.
 */
export function foreignContent({ messages }: CanonicalRequest, dialect: DialectId): readonly string[] {
  let names: Set<string> | null = null;
  for (const message of messages) {
    for (const part of partsOf(message)) {
      if (part.type !== 'foreign' || part.origin === dialect) continue;
      names ??= new Set();
      names.add(`content.${nameOf(part.value)}`);
    }
  }
  return names === null ? NONE : [...names];
}

const NONE: readonly string[] = [];

/** What a client took a picture of for a tool that only one provider has. */
const PICTURES: ReadonlySet<unknown> = new Set(['computer_call_output']);

/** Throws the 400 for a picture that would be left out with the piece that only another dialect knows. */
export function refuseForeignPictures({ messages }: CanonicalRequest, dialect: DialectId): void {
  messages.forEach((message, index) => {
    for (const part of partsOf(message)) {
      if (part.type !== 'foreign' || part.origin === dialect || !PICTURES.has(part.value['type'])) continue;
      unsupported(placeOf(part, `messages[${index}]`), 'is a picture of a screen, which this model has no tool for');
    }
  });
}

function partsOf(message: Message): readonly (UserPart | AssistantPart | ResultPart)[] {
  return message.role === 'tool' ? message.results.flatMap(({ content }) => content) : message.content;
}

/** Most dialects say the type, Gemini names the only member by it. */
function nameOf(value: Readonly<Record<string, unknown>>): string {
  const { type } = value;
  return typeof type === 'string' ? type : (Object.keys(value)[0] ?? 'unknown');
}
