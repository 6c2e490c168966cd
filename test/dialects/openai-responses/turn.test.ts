import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import { encodeAnswer } from '../../../src/dialects/openai-responses/encode-response.ts';
import { encodeStream } from '../../../src/dialects/openai-responses/encode-stream.ts';
import { itemIdOf, responseIdOf, responseIdOfItem } from '../../../src/dialects/openai-responses/ids.ts';
import { bodyOfTurn, itemsOfInput, responseAtEnd } from '../../../src/dialects/openai-responses/turn.ts';

const EXCHANGE = '0198f0d2-8f0a-7000-8000-0123456789ab';
const CONTEXT = {
  request: emptyRequest('m', 'openai-responses'),
  body: { model: 'm', input: 'x', metadata: { a: 'b' } },
  exchangeId: EXCHANGE,
  model: 'm',
  createdAt: 1_700_000_000_000,
  now: () => 0,
  isKept: true,
  inputTokensGuess: 0,
};
const FINISH = { reason: 'stop', raw: null, stopSequence: null, detail: null } as const;

const ANSWERS: readonly (readonly [string, readonly AnswerEvent[]])[] = [
  [
    'a text',
    [
      { type: 'text', text: 'data: {"a":1}\n\nevent: x' },
      { type: 'finish', finish: FINISH },
    ],
  ],
  ['nothing', [{ type: 'finish', finish: FINISH }]],
  [
    'thoughts and a call',
    [
      { type: 'reasoning', text: 'hm' },
      { type: 'part_end' },
      { type: 'tool_call', call: 0, id: 'call_1', name: 'f', kind: 'function', state: null },
      { type: 'tool_arguments', call: 0, text: '{"a":1}' },
      { type: 'tool_call_end', call: 0 },
      { type: 'finish', finish: { ...FINISH, reason: 'tool_calls' } },
    ],
  ],
  [
    'a text that was cut',
    [
      { type: 'text', text: 'long' },
      { type: 'finish', finish: { ...FINISH, reason: 'length' } },
    ],
  ],
];

describe('the response at the end of a stream', () => {
  it.each(ANSWERS)('is the one that the whole form gives, with the same ids: %s', (_what, events) => {
    const encoder = encodeStream(CONTEXT);
    for (const event of events) encoder.push(event);
    expect(responseAtEnd(encoder.end())).toEqual(JSON.parse(encodeAnswer(foldAnswer(events), CONTEXT)));
  });

  it.each(['', 'event: x\ndata: {"type":"response.failed","response":{}}\n\n', 'event: x\ndata: {"type"\n\n'])(
    'is none in %j',
    (text) => {
      expect(responseAtEnd(text)).toBeNull();
    },
  );
});

describe('the items of a request', () => {
  it.each<[unknown, readonly JsonObject[] | null]>([
    ['hi', [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }]],
    [undefined, []],
    [null, []],
    [[{ role: 'user', content: 'x' }], [{ role: 'user', content: 'x' }]],
    [[{}, 'x'], null],
    [5, null],
  ])('of %j are %j', (input, items) => {
    expect(itemsOfInput(input)).toEqual(items);
  });

  it('come behind what was said before', () => {
    const body = JSON.parse(
      '{"model":"m","input":"b","previous_response_id":"resp_1","__proto__":{"x":1}}',
    ) as JsonObject;
    const turn = { previousId: 'resp_1', earlier: [{ id: 'a' }], items: [{ id: 'b' }] };
    expect(JSON.stringify(bodyOfTurn(body, turn))).toBe(
      '{"model":"m","input":[{"id":"a"},{"id":"b"}],"__proto__":{"x":1}}',
    );
  });
});

describe('the response that an item is of', () => {
  it.each(['msg', 'rs', 'fc', 'ctc', 'ig'])('is told by the id of the item (%s)', (prefix) => {
    expect(responseIdOfItem(itemIdOf(prefix, EXCHANGE, 12))).toBe(responseIdOf(EXCHANGE));
  });

  it.each(['', 'msg_1', 'msg_0a0cc8227e90b719016a585a7ada54819a9d3b18aedb5e2658', `msg_${'g'.repeat(36)}`])(
    'is none of ours for %j',
    (id) => {
      expect(responseIdOfItem(id)).toBeNull();
    },
  );
});
