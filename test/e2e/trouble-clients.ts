import { markOf, SAID } from '../helpers/moody-words.ts';
import type { TestDaemon } from '../helpers/daemon.ts';

/** What a request asks of whoever answers it: nothing, this machine, or the tag `pii`. */
export type Kind = 'open' | 'walled' | 'pii';

export interface Plan {
  readonly number: number;
  readonly kind: Kind;
  readonly face: 'chat' | 'messages';
  readonly stream: boolean;
  /** The client goes away once it has the head of the answer. */
  readonly leaves: boolean;
}

/** How a request ended for its client. */
export interface Ended {
  readonly plan: Plan;
  readonly mark: string;
  readonly status: number;
  readonly exchangeId: string;
  readonly profile: string | null;
  /** `broken`: the error stands in the answer, in the words of the client's dialect; `odd`: it is none of these. */
  readonly how: 'whole' | 'broken' | 'left' | 'error' | 'odd';
  readonly text: string;
}

export async function send(daemon: TestDaemon, plan: Plan): Promise<Ended> {
  const mark = `${plan.number} ${plan.kind}`;
  const leaving = new AbortController();
  const answer = await fetch(`${daemon.url}${plan.face === 'chat' ? '/v1/chat/completions' : '/v1/messages'}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${daemon.key}`,
      'content-type': 'application/json',
      ...(plan.kind === 'walled' ? { 'x-llmgw-profile': 'private' } : {}),
      ...(plan.kind === 'pii' ? { 'x-llmgw-tags': 'pii' } : {}),
    },
    body: JSON.stringify({
      model: 'chat',
      stream: plan.stream,
      ...(plan.stream && plan.face === 'chat' ? { stream_options: { include_usage: true } } : {}),
      max_tokens: 100,
      messages: [{ role: 'user', content: `${markOf(plan.number, plan.kind)} Who is there?` }],
    }),
    signal: leaving.signal,
  });
  const exchangeId = answer.headers.get('x-llmgw-request-id') ?? '';
  const known = { plan, mark, status: answer.status, exchangeId, profile: answer.headers.get('x-llmgw-profile') };
  if (plan.leaves) {
    leaving.abort();
    await answer.body?.cancel().catch(() => undefined);
    return { ...known, how: 'left', text: '' };
  }
  const text = await answer.text();
  return { ...known, how: answer.status === 200 ? howItEnded(plan, text) : 'error', text };
}

function howItEnded({ face, stream }: Plan, text: string): Ended['how'] {
  if (!stream) return text.includes(SAID.join('')) ? 'whole' : 'odd';
  const events = text.split('\n\n').filter((event) => event.includes('data:'));
  const last = events.at(-1) ?? '';
  const errors = events.filter((event) => /^data: \{"(?:type":"error",")?error":/m.test(event));
  if (errors.length > 0) return isErrorOf(face, errors) && !saysEnd(face, text) ? 'broken' : 'odd';
  const isEnd = face === 'chat' ? last === 'data: [DONE]' : last.startsWith('event: message_stop');
  return isEnd && SAID.every((piece) => text.includes(JSON.stringify(piece))) ? 'whole' : 'odd';
}

function isErrorOf(face: Plan['face'], errors: readonly string[]): boolean {
  const [error = ''] = errors;
  return errors.length === 1 && error.startsWith('event: error\n') === (face === 'messages');
}

function saysEnd(face: Plan['face'], text: string): boolean {
  return face === 'chat' ? text.includes('"finish_reason":"stop"') : text.includes('message_stop');
}
