import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY } from '../../helpers/test-server.ts';
import { CLIENTS } from './clients.ts';
import { BACKS, setMatrixStage } from './matrix-stage.ts';
import type { BackRow, Stage } from './matrix-stage.ts';
import { promptOf, RESULTS, TEXT, toolResultText } from './scenario.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setMatrixStage();
});
afterAll(() => stage.close());

const PAIRS = CLIENTS.flatMap((client) => {
  const back = BACKS.find(({ dialect }) => dialect === client.dialect);
  return back === undefined ? [] : [{ name: client.name, client, back }];
});

describe.each(PAIRS)('$name over its own dialect', ({ client, back }) => {
  it.each([false, true])('gives and gets the bytes as they are but for the model (stream: %s)', async (stream) => {
    const mark = stage.mark();
    const how = { stream, tools: true, thinks: true };
    const conversation = stage.open(client, back);
    await conversation.ask({ text: promptOf('tools') }, how);
    const said = await conversation.answer(RESULTS, how);
    expect(said.text).toBe(toolResultText());
    const exchanged = mark.exchanged();
    const asked = JSON.stringify(`${back.dialect}/${back.model}`);
    expect(mark.calls(back).map(({ body }) => body.toString('utf8'))).toEqual(
      exchanged.map(({ body }) => body.replace(asked, JSON.stringify(back.model))),
    );
    expect(await Promise.all(exchanged.map(({ answer }) => answer))).toEqual(mark.said(back));
    expect(exchanged.map(({ headers }) => headers.get('x-llmgw-dropped'))).toEqual([null, null]);
  });
});

function rowOf(dialect: BackRow['dialect']): BackRow {
  const row = BACKS.find((one) => one.dialect === dialect);
  if (row === undefined) throw new Error(`no provider speaks ${dialect}`);
  return row;
}

describe('what only one dialect has', () => {
  it('reaches Anthropic as it was sent: betas, marks of the cache, the version; and no key of ours', async () => {
    const back = rowOf('anthropic-messages');
    const mark = stage.mark();
    const client = new Anthropic({ apiKey: KEY, baseURL: stage.server.origin, maxRetries: 0 });
    const message = await client.beta.messages.create({
      model: `${back.dialect}/${back.model}`,
      max_tokens: 100,
      betas: ['context-1m-2025-08-07', 'interleaved-thinking-2025-05-14'],
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [{ role: 'user', content: promptOf('text') }],
      metadata: { user_id: 'somebody' },
    });
    expect(message.content).toEqual([{ type: 'text', text: TEXT }]);
    const [call] = mark.calls(back);
    expect(call?.headers).toMatchObject({
      'anthropic-beta': 'context-1m-2025-08-07,interleaved-thinking-2025-05-14',
      'x-api-key': `key-of-${back.dialect}`,
    });
    expect(call?.headers['authorization']).toBeUndefined();
    expect(call?.rawHeaders.join()).not.toContain(KEY);
    expect(call?.body.toString()).toContain('"cache_control":{"type":"ephemeral","ttl":"1h"}');
  });

  it.each([
    { dialect: 'openai-chat', dropped: [] },
    { dialect: 'openai-responses', dropped: ['frequency_penalty', 'logit_bias'] },
    { dialect: 'anthropic-messages', dropped: ['frequency_penalty', 'logit_bias'] },
    { dialect: 'gemini', dropped: ['frequency_penalty', 'logit_bias'] },
    { dialect: 'ollama', dropped: ['logit_bias'] },
  ] as const)('is left out for $dialect, and a header says so', async ({ dialect, dropped }) => {
    const back = rowOf(dialect);
    const client = new OpenAI({ apiKey: KEY, baseURL: `${stage.server.origin}/v1`, maxRetries: 0 });
    const { data, response } = await client.chat.completions
      .create({
        model: `${dialect}/${back.model}`,
        messages: [
          { role: 'developer', content: 'Be brief.' },
          { role: 'user', content: promptOf('text') },
        ],
        frequency_penalty: 0.5,
        logit_bias: { '50256': -100 },
      })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe(TEXT);
    const told = response.headers.get('x-llmgw-dropped');
    expect(told?.split(', ').toSorted() ?? []).toEqual(dropped);
  });
});
