export type MoodyDialect = 'openai-chat' | 'anthropic-messages';

export interface Usage {
  readonly input: number;
  readonly output: number;
}

/** Answers in a dialect, as OpenAI's and Anthropic's API references document them. */
export interface Words {
  /** In two parts, between which a connection may break. */
  readonly answer: (usage: Usage, stream: boolean) => readonly [string, string];
  readonly error: (status: number) => string;
}

/** What all of them answer. */
export const SAID = ['Well, ', 'here I ', 'am.'] as const;

/** What a client writes to tell its request from all others. */
export function markOf(number: number, kind: string): string {
  return `<<${number} ${kind}>>`;
}

/** The mark in a body, in whichever dialect. */
export function sentMark(body: string): string {
  const mark = /<<(\d+ \w+)>>/.exec(body)?.[1];
  if (mark === undefined) throw new Error(`a request without a mark: ${body}`);
  return mark;
}

export const WORDS: Readonly<Record<MoodyDialect, Words>> = {
  'openai-chat': { answer: chatAnswer, error: chatError },
  'anthropic-messages': { answer: messagesAnswer, error: messagesError },
};

function chatAnswer({ input, output }: Usage, stream: boolean): readonly [string, string] {
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  const known = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm' };
  if (!stream) {
    const message = { role: 'assistant', content: SAID.join(''), refusal: null };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
    return halves(JSON.stringify({ ...known, object: 'chat.completion', choices, usage }));
  }
  const chunk = (delta: object, finish: string | null) =>
    data({ ...known, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] });
  const pieces = SAID.map((content) => chunk({ content }, null));
  const last = data({ ...known, object: 'chat.completion.chunk', choices: [], usage });
  return [
    chunk({ role: 'assistant', content: '' }, null) + pieces.slice(0, 2).join(''),
    `${pieces.slice(2).join('')}${chunk({}, 'stop')}${last}data: [DONE]\n\n`,
  ];
}

function messagesAnswer({ input, output }: Usage, stream: boolean): readonly [string, string] {
  const known = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_sequence: null };
  const usage = { input_tokens: input, output_tokens: output };
  if (!stream) {
    const content = [{ type: 'text', text: SAID.join('') }];
    return halves(JSON.stringify({ ...known, content, stop_reason: 'end_turn', usage }));
  }
  const message = { ...known, content: [], stop_reason: null, usage: { input_tokens: input, output_tokens: 1 } };
  const [first, second, ...others] = SAID.map((text) =>
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  );
  const block = event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
  const delta = { stop_reason: 'end_turn', stop_sequence: null };
  return [
    event({ type: 'message_start', message }) + block + (first ?? '') + (second ?? ''),
    others.join('') +
      event({ type: 'content_block_stop', index: 0 }) +
      event({ type: 'message_delta', delta, usage: { output_tokens: output } }) +
      event({ type: 'message_stop' }),
  ];
}

function chatError(status: number): string {
  return JSON.stringify({ error: { message: `A made-up ${status}`, type: 'server_error', param: null, code: null } });
}

function messagesError(status: number): string {
  const type = status === 429 ? 'rate_limit_error' : 'api_error';
  return JSON.stringify({ type: 'error', error: { type, message: `A made-up ${status}` } });
}

function halves(text: string): readonly [string, string] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

function data(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function event(value: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${value.type}\n${data(value)}`;
}
