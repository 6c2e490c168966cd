import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAT_USAGE, sendFirstEvents } from '../helpers/fake-answers.ts';
import { exchangeIdOf, ledgerRows, only, setStage, type Stage } from './stage.ts';

/** OpenAI's published prices of gpt-4o, $2.50, $1.25 and $10 per million tokens, as pico-dollars per token. */
const INPUT = 2_500_000;
const CACHED = 1_250_000;
const OUTPUT = 10_000_000;
const { prompt_tokens, completion_tokens, prompt_tokens_details } = CHAT_USAGE;
const CHAT_COST =
  (prompt_tokens - prompt_tokens_details.cached_tokens) * INPUT +
  prompt_tokens_details.cached_tokens * CACHED +
  completion_tokens * OUTPUT;
const NO_MONEY = { cost_pico: null, saved_pico: null, stood_in_for: null, price_version: null };

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    args: ['--profile', 'work', '--demo'],
    config: () => 'profiles: {work: {models: {gpt-4o: box/tiny, my-own-name: box/tiny}}}',
  });
});
afterAll(() => stage.close());

async function book(model: string, stream = false) {
  const messages = [{ role: 'user' as const, content: 'What does it cost?' }];
  const { data, response } = await stage.client.chat.completions.create({ model, messages, stream }).withResponse();
  if (Symbol.asyncIterator in data) for await (const chunk of data) expect(chunk.object).toBe('chat.completion.chunk');
  const row = only(await stage.rows(exchangeIdOf(response.headers)));
  return { row, header: response.headers.get('x-llmgw-cost-usd') };
}

describe('what is booked', () => {
  it.each([false, true])('a paid model: its published price, exactly (stream: %s)', async (stream) => {
    expect(CHAT_COST).toBe(2_736_250_000);
    const { row, header } = await book('openai/gpt-4o', stream);
    expect(row).toMatchObject({
      local: 0,
      input_tokens: 1117,
      cache_read_tokens: 389,
      output_tokens: 43,
      cost_pico: CHAT_COST,
      unpriced: 0,
      estimated: 0,
      saved_pico: null,
      stood_in_for: null,
    });
    expect(row.price_version).toMatch(/^genai-prices \S+ openai\/gpt-4o/);
    // Of a stream the cost is not known when the headers go out.
    expect(header).toBe(stream ? null : '0.00273625');
  });

  it.each([false, true])(
    'a local model under a paid one’s name: nothing, and what it saved (stream: %s)',
    async (stream) => {
      const { row, header } = await book('gpt-4o', stream);
      expect(row).toMatchObject({
        target: 'box/tiny:latest',
        local: 1,
        input_tokens: 1117,
        output_tokens: 43,
        cost_pico: 0,
        unpriced: 0,
        stood_in_for: 'gpt-4o',
        saved_pico: CHAT_COST,
      });
      expect(header).toBe(stream ? null : '0');
    },
  );

  it.each(['tiny', 'box/tiny', 'my-own-name'])('a local model as %s: nothing, and nothing saved', async (name) => {
    const { row } = await book(name);
    expect(row).toMatchObject({ cost_pico: 0, unpriced: 0, stood_in_for: null, saved_pico: null });
  });

  it('a provider without prices: unpriced, which is not nothing', async () => {
    const { row, header } = await book('corp/big');
    expect(row).toMatchObject({ ...NO_MONEY, unpriced: 1, input_tokens: 1117, output_tokens: 43 });
    expect(header).toBeNull();
  });

  it('a model that nobody has a price for: unpriced', async () => {
    expect((await book('openai/model-of-tomorrow')).row).toMatchObject({ ...NO_MONEY, unpriced: 1 });
  });

  it.each([false, true])('an answer without usage: counted here, and it says so (stream: %s)', async (stream) => {
    const { row, header } = await book('openai/no-usage', stream);
    expect(row).toMatchObject({ estimated: 1, cost_pico: null, unpriced: 1, cache_read_tokens: null });
    // "What does it cost?" is 5 tokens of o200k, with what a message adds; the answer is 31 characters.
    expect(row.input_tokens).toBeGreaterThanOrEqual(5);
    expect(row.input_tokens).toBeLessThan(20);
    expect(row.output_tokens).toBeGreaterThanOrEqual(8);
    expect(row.output_tokens).toBeLessThan(30);
    expect(header).toBeNull();
  });

  it('a stream of a paid model that gives no usage: estimated, at its price', async () => {
    stage.openai.play('gpt-4o-mini', (response) => {
      const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-mini' };
      const choice = { index: 0, delta: { role: 'assistant', content: 'Hello there.' }, finish_reason: 'stop' };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${JSON.stringify({ ...chunk, choices: [choice] })}\n\ndata: [DONE]\n\n`);
    });
    const { row } = await book('openai/gpt-4o-mini', true);
    // $0.15 and $0.60 per million tokens.
    const cost = (row.input_tokens ?? NaN) * 150_000 + (row.output_tokens ?? NaN) * 600_000;
    expect(row).toMatchObject({ estimated: 1, unpriced: 0, cost_pico: cost });
    expect(cost).toBeGreaterThan(0);
  });

  it.each([
    ['client_left', 'that the client left'],
    ['failed', 'that broke off'],
  ])('a stream of a paid model %s: what came until then is estimated, at its price', async (outcome) => {
    stage.openai.play('gpt-4o', (response, call) => {
      sendFirstEvents(response, call, 4);
      if (outcome === 'failed') response.end();
    });
    const model = 'openai/gpt-4o';
    const messages = [{ role: 'user' as const, content: 'What does it cost?' }];
    const { data, response } = await stage.client.chat.completions
      .create({ model, messages, stream: true })
      .withResponse();
    let pieces = 0;
    const reading = (async () => {
      for await (const { choices } of data) {
        if (choices[0]?.delta.content !== '') pieces += 1;
        if (pieces === 3 && outcome === 'client_left') return;
      }
    })();
    if (outcome === 'failed') await expect(reading).rejects.toThrow(/ended the stream/);
    else await reading;
    const row = only(await stage.rows(exchangeIdOf(response.headers)));
    const cost = (row.input_tokens ?? NaN) * INPUT + (row.output_tokens ?? NaN) * OUTPUT;
    expect(row).toMatchObject({ outcome, estimated: 1, unpriced: 0, cost_pico: cost });
    expect(row.output_tokens).toBeGreaterThanOrEqual(3);
  });

  it('the demo model: marked', async () => {
    const { row } = await book('demo/echo', true);
    // Four words and "You said: " before them, at $1 and $2 per million.
    expect(row).toMatchObject({ demo: 1, input_tokens: 4, output_tokens: 6, cost_pico: 4 * 1_000_000 + 6 * 2_000_000 });
  });
});

describe('llmgw spend', () => {
  interface Spend {
    readonly rows: readonly Record<string, unknown>[];
    readonly total: Record<string, unknown>;
  }
  const spend = async (...args: string[]): Promise<Spend> => {
    const { code, stdout } = await stage.daemon.home.run(['spend', '--json', ...args]);
    expect(code).toBe(0);
    return JSON.parse(stdout) as Spend;
  };

  it('adds up what the rows say, without the demo’s', async () => {
    const rows = ledgerRows(stage.daemon.home.folder).filter(({ demo }) => demo === 0);
    const sum = (column: 'cost_pico' | 'saved_pico' | 'input_tokens' | 'output_tokens'): bigint =>
      rows.reduce((total, row) => total + BigInt(row[column] ?? 0), 0n);
    const { total } = await spend();
    expect(total).toMatchObject({
      requests: rows.length,
      attempts: rows.length,
      input_tokens: Number(sum('input_tokens')),
      output_tokens: Number(sum('output_tokens')),
      unpriced: rows.filter(({ unpriced }) => unpriced === 1).length,
      estimated: rows.filter(({ estimated }) => estimated === 1).length,
    });
    expect([picoOf(total['cost_usd']), picoOf(total['saved_usd'])]).toEqual([sum('cost_pico'), sum('saved_pico')]);
    expect(picoOf(total['saved_usd'])).toBe(BigInt(2 * CHAT_COST));
  });

  it('names each model as its provider does, and takes the demo’s in when asked', async () => {
    const { rows } = await spend('--demo');
    const row = (model: string) => rows.find((one) => one['model'] === model);
    expect(row('gpt-4o')).toMatchObject({ requests: 4, failed: 1, demo: false });
    expect(row('big')).toMatchObject({ requests: 1, cost_usd: null, unpriced: 1 });
    expect(row('echo')).toMatchObject({ requests: 1, cost_usd: '0.000016', demo: true });
  });

  it('is the same after the daemon has stopped', async () => {
    const before = await spend('--demo', '--by', 'provider');
    await stage.daemon.stop();
    expect({ ...(await spend('--demo', '--by', 'provider')), from: null, to: null }).toEqual({
      ...before,
      from: null,
      to: null,
    });
  });
});

/** An exact decimal of dollars as pico-dollars. */
function picoOf(usd: unknown): bigint {
  const [whole = '', fraction = ''] = String(usd).split('.');
  return BigInt(whole + fraction.padEnd(12, '0'));
}
