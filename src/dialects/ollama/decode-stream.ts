import type { AnswerEvent } from '../../canonical/answer.ts';
import { AnswerReader } from './answer-reader.ts';
import type { DecodeContext, StreamDecoder } from '../dialect.ts';
import { GatewayError, truncatedStream } from '../../canonical/errors.ts';
import { JsonLines } from './json-lines.ts';
import { MAX_EVENT_BYTES } from '../sse-frames.ts';
import { parseJson } from '../../std/parse-json.ts';

/** A stream of lines, the last of which has `done: true`. Lines that are no JSON are passed over. */
export function decodeStream(context: DecodeContext): StreamDecoder {
  const reader = new AnswerReader(context);
  const lines = new JsonLines(MAX_EVENT_BYTES);
  return {
    push: (chunk) => {
      if (reader.isOver) return [];
      const events: AnswerEvent[] = [];
      const fits = lines.push(chunk, (line) => events.push(...reader.read(parseJson(line))));
      return fits ? events : [...events, ...reader.fail(tooLarge(context))];
    },
    end: () => {
      if (reader.isOver) return [];
      const rest = lines.rest();
      const events = rest === null ? [] : reader.read(parseJson(rest));
      return [...events, ...reader.fail(truncatedStream(context.provider))];
    },
  };
}

function tooLarge({ provider }: DecodeContext): GatewayError {
  const size = `${MAX_EVENT_BYTES / 1024 / 1024} MiB`;
  return new GatewayError('upstream_answer_too_large', `${provider} sent a line of more than ${size}.`, {
    hint: 'Nothing that a model says in one piece is as long.',
  });
}
