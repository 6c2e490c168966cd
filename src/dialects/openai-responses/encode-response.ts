import type { AnswerEvent, AnswerPart, CanonicalAnswer } from '../../canonical/answer.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { AnswerContext } from '../dialect.ts';
import { OutputItems } from './output-items.ts';
import { ResponseObject } from './response-object.ts';

/** A whole answer as a response: its parts go through the same items as those of a stream. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): string {
  const response = new ResponseObject(context);
  if (answer.model !== null) response.model = answer.model;
  const items = new OutputItems(context, () => undefined);
  for (const event of eventsOf(answer)) items.take(event);
  const finish = answer.finish ?? { reason: 'stop', raw: null, stopSequence: null, detail: null };
  items.take({ type: 'finish', finish });
  return response.write({ status: 'finished', finish }, items.output, answer.usage);
}

function eventsOf(answer: CanonicalAnswer): readonly AnswerEvent[] {
  const events: AnswerEvent[] = [];
  let { logprobs } = answer;
  let calls = 0;
  const last = answer.content.length - 1;
  answer.content.forEach((part, index) => {
    events.push(...eventsOfPart(part, calls));
    if (part.part.type === 'tool_call') calls++;
    if (part.part.type === 'text' && logprobs !== null) {
      events.push({ type: 'logprobs', tokens: logprobs });
      logprobs = null;
    }
    // The last part stays open: an answer that was cut was cut in it.
    if (index < last && part.part.type !== 'tool_call') events.push({ type: 'part_end' });
  });
  return events;
}

function eventsOfPart({ part, citations }: AnswerPart, call: number): readonly AnswerEvent[] {
  switch (part.type) {
    case 'text':
      return [
        { type: 'text', text: part.text },
        ...citations.map((citation) => ({ type: 'citation', citation }) as const),
      ];
    case 'refusal':
      return [{ type: 'refusal', text: part.text }];
    case 'reasoning':
      return [
        { type: 'reasoning', text: part.text },
        ...(part.state === null ? [] : [{ type: 'state', on: 'reasoning', state: part.state } as const]),
      ];
    case 'tool_call': {
      const { id, name, kind, state, arguments: text } = part;
      return [
        { type: 'tool_call', call, id, name, kind, state },
        ...(text === '' ? [] : [{ type: 'tool_arguments', call, text } as const]),
        { type: 'tool_call_end', call },
      ];
    }
    case 'image':
      if (part.source.kind !== 'base64') return [];
      return [{ type: 'image', mediaType: part.source.mediaType, data: part.source.data }];
    case 'foreign':
      return [{ type: 'foreign', origin: part.origin, value: part.value }];
    default:
      return unreachable(part);
  }
}
