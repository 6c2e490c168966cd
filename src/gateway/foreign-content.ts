import type { DialectId } from '../canonical/dialect-id.ts';
import type { AssistantPart, ResultPart, UserPart } from '../canonical/parts.ts';
import type { CanonicalRequest, Message } from '../canonical/request.ts';

/**
 * The pieces of a request that only another dialect than this one knows, for `x-llmgw-dropped`:
 * `content.container_upload`. Each once.
 */
export function foreignContent({ messages }: CanonicalRequest, dialect: DialectId): readonly string[] {
  const names = new Set<string>();
  for (const message of messages) {
    for (const part of partsOf(message)) {
      if (part.type === 'foreign' && part.origin !== dialect) names.add(`content.${nameOf(part.value)}`);
    }
  }
  return [...names];
}

function partsOf(message: Message): readonly (UserPart | AssistantPart | ResultPart)[] {
  return message.role === 'tool' ? message.results.flatMap(({ content }) => content) : message.content;
}

/** Most dialects say the type, Gemini names the only member by it. */
function nameOf(value: Readonly<Record<string, unknown>>): string {
  const { type } = value;
  return typeof type === 'string' ? type : (Object.keys(value)[0] ?? 'unknown');
}
