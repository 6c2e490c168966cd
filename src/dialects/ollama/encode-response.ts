import type { AnswerContext } from '../dialect.ts';
import { AnswerLines, elapsedMs } from './answer-lines.ts';
import type { Beside, Endpoint } from './answer-lines.ts';
import type { CanonicalAnswer } from '../../canonical/answer.ts';
import type { CarriedState, ToolCallPart } from '../../canonical/parts.ts';
import { encodeClientCall } from './client-tool-calls.ts';
import { unreachable } from '../../std/unreachable.ts';

/** A whole answer: the last line of a stream with everything in it. */
export function encodeAnswerOf(endpoint: Endpoint): (answer: CanonicalAnswer, context: AnswerContext) => string {
  return (answer, context) => {
    const lines = new AnswerLines(endpoint, answer.model ?? context.model, context.createdAt);
    const { text, beside } = saidIn(answer);
    const totalMs = elapsedMs(context);
    return lines.last(text, beside, { finish: answer.finish, usage: answer.usage, untilFirstMs: null, totalMs });
  };
}

function saidIn({ content, logprobs }: CanonicalAnswer): { readonly text: string; readonly beside: Beside } {
  const texts: string[] = [];
  const thoughts: string[] = [];
  const images: string[] = [];
  const calls: string[] = [];
  let waiting: CarriedState[] = [];
  for (const { part } of content) {
    switch (part.type) {
      case 'text':
      case 'refusal':
        texts.push(part.text);
        break;
      case 'reasoning':
        thoughts.push(part.text);
        if (part.state !== null) waiting.push(part.state);
        break;
      case 'tool_call':
        calls.push(
          encodeClientCall({ ...part, index: calls.length, text: part.arguments, states: statesOf(part, waiting) }),
        );
        if (part.state === null) waiting = [];
        break;
      case 'image':
        if (part.source.kind === 'base64') images.push(part.source.data);
        break;
      case 'foreign':
        break;
      default:
        unreachable(part);
    }
  }
  const thinking = thoughts.join('');
  return {
    text: texts.join(''),
    beside: {
      ...(thinking === '' ? {} : { thinking: JSON.stringify(thinking) }),
      ...(images.length === 0 ? {} : { images: JSON.stringify(images) }),
      ...(calls.length === 0 ? {} : { toolCalls: `[${calls.join(',')}]` }),
      ...(logprobs === null ? {} : { logprobs }),
    },
  };
}

function statesOf({ state }: ToolCallPart, waiting: readonly CarriedState[]): readonly CarriedState[] {
  return state === null ? waiting : [state];
}
