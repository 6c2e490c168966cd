import type { CanonicalAnswer } from '../../src/canonical/answer.ts';
import type { AnswerEvent, FinishReason } from '../../src/canonical/answer.ts';
import type { Usage } from '../../src/canonical/usage.ts';
import type { DecodeContext, Dialect } from '../../src/dialects/dialect.ts';

/** What every dialect has to keep of an answer, whatever its parts are called there and in which order they stand. */
export interface Gist {
  readonly said: string;
  readonly thought: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: unknown }[];
  readonly hasRefusal: boolean;
  readonly reason: FinishReason | null;
  /** A class that is not told is 0: many have to write the number. */
  readonly usage: Readonly<Record<string, number>> | null;
}

export function gistOf({ content, finish, usage }: CanonicalAnswer, usageTold: readonly (keyof Usage)[]): Gist {
  const parts = content.map(({ part }) => part);
  const said = parts.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : ''));
  const thought = parts.map((part) => (part.type === 'reasoning' ? part.text : ''));
  return {
    said: said.join(''),
    thought: thought.join(''),
    calls: parts.flatMap((part) => {
      if (part.type !== 'tool_call') return [];
      const { id, name, kind } = part;
      return [{ id, name, arguments: kind === 'function' ? jsonOf(part.arguments) : part.arguments }];
    }),
    hasRefusal: parts.some(({ type }) => type === 'refusal'),
    reason: finish?.reason ?? null,
    usage: usage === null ? null : Object.fromEntries(usageTold.map((key) => [key, tokensOf(usage, key)])),
  };
}

/** For how long something was cached is told by few, and by Anthropic's streams only at their beginning. */
function tokensOf(usage: Usage, key: keyof Usage): number {
  if (key !== 'cacheWrite5mTokens') return usage[key] ?? 0;
  return (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0);
}

/** Arguments as the value that they are; the text where they are no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text;
  }
}

export function streamedEvents(
  dialect: Dialect,
  chunks: readonly Buffer[],
  context: DecodeContext,
): readonly AnswerEvent[] {
  const decoder = dialect.back.decodeStream(context);
  const events = chunks.flatMap((chunk) => decoder.push(chunk));
  return [...events, ...decoder.end()];
}

/** A whole answer's events; an error among the ways to read it is thrown. */
export function wholeEvents(dialect: Dialect, body: unknown, context: DecodeContext): readonly AnswerEvent[] {
  const events = dialect.back.decodeAnswer(body, context);
  if (events instanceof Error) throw events;
  return events;
}
