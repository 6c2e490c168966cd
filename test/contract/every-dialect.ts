import type { DialectId } from '../../src/canonical/dialect-id.ts';
import type { DialectLaws } from './laws.ts';
import { ANTHROPIC_MESSAGES } from './of-anthropic-messages.ts';
import { BEDROCK_CONVERSE } from './of-bedrock-converse.ts';
import { GEMINI } from './of-gemini.ts';
import { OLLAMA } from './of-ollama.ts';
import { OPENAI_CHAT } from './of-openai-chat.ts';
import { OPENAI_RESPONSES } from './of-openai-responses.ts';

/** The dialects that the law suite runs; a further one is a file `of-….ts`, and a line here. */
export const LAWS: readonly DialectLaws[] = [
  OPENAI_CHAT,
  OPENAI_RESPONSES,
  ANTHROPIC_MESSAGES,
  GEMINI,
  OLLAMA,
  BEDROCK_CONVERSE,
];

export function lawsOf(id: DialectId): DialectLaws {
  const laws = LAWS.find(({ dialect }) => dialect.id === id);
  if (laws === undefined) throw new Error(`no laws of ${id}`);
  return laws;
}
