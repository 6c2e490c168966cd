import { afterEach, beforeEach, expect, it } from 'vitest';
import { startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { beginEvents, CHAT_PIECES, CHAT_TEXT, chatEvents, eventText, sendJson } from '../helpers/fake-answers.ts';
import { clientOf, ledgerRows, setStage, type Stage } from './stage.ts';

const STREAMS = 8;
const MESSAGES = [{ role: 'user' as const, content: 'Hello?' }];

let stage: Stage;
/** Lets the streams and answers that wait go on to their end. */
let release: () => void;
beforeEach(async () => {
  stage = await setStage();
  const released = new Promise<void>((resolve) => (release = resolve));
  stage.openai.play('held-stream', (response, call) => {
    const events = [...chatEvents(call), '[DONE]'].map(eventText);
    beginEvents(response);
    response.write(events.slice(0, 2).join(''));
    void released.then(() => response.end(events.slice(2).join('')));
  });
  stage.openai.play('held-answer', (response) => {
    const choice = { index: 0, message: { role: 'assistant', content: CHAT_TEXT }, finish_reason: 'stop' };
    const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'held-answer', choices: [choice] };
    void released.then(() => {
      sendJson(response, { ...answer, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
    });
  });
});
afterEach(() => stage.close());

async function streamedText(daemon: TestDaemon): Promise<{ text: string; finish: string | null | undefined }> {
  const model = 'openai/held-stream';
  const stream = await clientOf(daemon).chat.completions.create({ model, messages: MESSAGES, stream: true });
  let text = '';
  let finish: string | null | undefined = null;
  for await (const { choices } of stream) {
    text += choices[0]?.delta.content ?? '';
    finish = choices[0]?.finish_reason;
  }
  return { text, finish };
}

it('`llmgw stop` lets streams and answers end whole, settles their rows, and a start after it works', async () => {
  const { daemon, openai, client } = stage;
  const streams = Array.from({ length: STREAMS }, () => streamedText(daemon));
  const answer = client.chat.completions.create({ model: 'openai/held-answer', messages: MESSAGES });
  await openai.called('held-stream', STREAMS);
  await openai.called('held-answer');

  const stop = daemon.home.spawn(['stop']);
  await stop.until(new RegExp(`Waiting for ${STREAMS + 1} requests in flight`));
  // Whoever comes now is told to come again.
  const late: unknown = await client.chat.completions
    .create({ model: 'openai/gpt-4o', messages: MESSAGES })
    .catch((error: unknown) => error);
  expect([503, undefined]).toContain((late as { status?: number }).status);
  release();

  const whole = { text: CHAT_PIECES.join(''), finish: 'stop' };
  expect(await Promise.all(streams)).toEqual(streams.map(() => whole));
  expect((await answer).choices[0]?.message.content).toBe(CHAT_TEXT);
  expect(await stop.finished).toMatchObject({ code: 0, stderr: '' });
  expect(await daemon.program.finished).toMatchObject({ code: 0, signal: null, stderr: '' });
  const rows = ledgerRows(daemon.home.folder);
  expect(rows.map(({ outcome, final }) => ({ outcome, final }))).toEqual(
    rows.map(() => ({ outcome: 'answered', final: 1 })),
  );
  expect(rows.length).toBe(STREAMS + 1);
  expect(openai.calls.length).toBe(STREAMS + 1);

  const next = await startDaemon({ home: daemon.home });
  expect(await streamedText(next)).toEqual(whole);
  expect(await next.stop()).toMatchObject({ code: 0 });
  expect(ledgerRows(daemon.home.folder).length).toBe(STREAMS + 2);
});
