import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchangeIdOf, only, setStage, type Stage } from './stage.ts';

const LOCAL = ['tiny:latest', 'openai/gpt-oss-20b', 'twice', 'aliased', 'corp/big'];

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    boxModels: LOCAL,
    args: ['--profile', 'work', '--demo'],
    config: () =>
      [
        'models:',
        '  twice: openai/gpt-4o-mini',
        '  aliased: openai/gpt-4o-mini',
        '  fast: tiny',
        '  smart: [corp/fail-503, box/tiny]',
        '  strict: [corp/fail-400, box/tiny]',
        'profiles:',
        '  work: {models: {aliased: box/tiny, gpt-4o: tiny, both: smart}}',
      ].join('\n'),
  });
});
afterAll(() => stage.close());

async function chat(model: string): Promise<{ provider: string | null; model: string | null; exchangeId: string }> {
  const { response } = await stage.client.chat.completions
    .create({ model, messages: [{ role: 'user', content: 'Who are you?' }] })
    .withResponse();
  const { headers } = response;
  const [provider, name] = [headers.get('x-llmgw-provider'), headers.get('x-llmgw-model')];
  expect(headers.get('x-llmgw-profile')).toBe('work');
  return { provider, model: name, exchangeId: exchangeIdOf(headers) };
}

describe('what a name means', () => {
  it.each([
    ['aliased', 'box/tiny:latest', 'an alias of the profile before `models:` and before a model of that id'],
    ['twice', 'openai/gpt-4o-mini', 'a name of `models:` before a local model of that id'],
    ['openai/gpt-oss-20b', 'box/openai/gpt-oss-20b', 'a local model before a provider of the name before the slash'],
    ['corp/big', 'box/corp/big', 'a local model before a model that a provider lists'],
    ['box/tiny:latest', 'box/tiny:latest', 'server/id'],
    ['box/tiny', 'box/tiny:latest', 'server/id without the tag'],
    ['tiny', 'box/tiny:latest', 'NAME finds NAME:latest'],
    ['llmgw/tiny', 'box/tiny:latest', 'llmgw/NAME is NAME'],
    ['llmgw/aliased', 'box/tiny:latest', 'also where NAME is an alias'],
    ['fast', 'box/tiny:latest', 'a name that stands for a name'],
    ['gpt-4o', 'box/tiny:latest', 'an alias before the cloud'],
    ['openai/gpt-4o', 'openai/gpt-4o', 'provider/id'],
    ['openai/never-listed', 'openai/never-listed', 'provider/id that the provider does not list'],
    ['gpt-4o-mini', 'openai/gpt-4o-mini', 'a bare cloud id'],
    ['demo/echo', 'demo/echo', 'the demo model'],
  ])('%s → %s (%s)', async (name, target) => {
    const before = { openai: stage.openai.calls.length, box: stage.box.calls.length };
    const answer = await chat(name);
    expect(answer.model).toBe(target);
    const provider = target.split('/')[0] ?? '';
    const called = { openai: stage.openai.calls.length - before.openai, box: stage.box.calls.length - before.box };
    expect(called).toEqual({ openai: provider === 'openai' ? 1 : 0, box: provider === 'box' ? 1 : 0 });
    const fake = provider === 'box' ? stage.box : stage.openai;
    if (provider !== 'demo') expect(fake.calls.at(-1)?.model).toBe(target.slice(provider.length + 1));
    expect(only(await stage.rows(answer.exchangeId))).toMatchObject({
      target,
      provider,
      requested_model: name,
      profile: 'work',
    });
  });

  it('an unknown name is 404 with the nearest ones, and is in the ledger as refused', async () => {
    const before = stage.openai.calls.length + stage.box.calls.length;
    const failure: unknown = await chat('tinny:latest').catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    expect((failure as Error).message).toContain('Did you mean `tiny`?');
    expect(stage.openai.calls.length + stage.box.calls.length).toBe(before);
    const { headers } = failure as { headers: Headers };
    expect(only(await stage.rows(exchangeIdOf(headers)))).toMatchObject({
      number: 0,
      outcome: 'refused',
      status: 404,
      error_code: 'model_not_found',
      target: null,
      cost_pico: null,
      unpriced: 0,
    });
  });

  it('a model of a provider without a credential: says which variable is missing', async () => {
    const failure: unknown = await chat('mistral/mistral-large-latest').catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 404, code: 'no_credential' });
    expect((failure as Error).message).toContain('MISTRAL_API_KEY');
  });
});

describe('two targets', () => {
  it('the second answers when the first fails, a row for each', async () => {
    const answer = await chat('both');
    expect(answer).toMatchObject({ provider: 'box', model: 'box/tiny:latest' });
    expect(stage.openai.calls.at(-1)?.model).toBe('fail-503');
    const rows = await stage.rows(answer.exchangeId);
    expect(rows).toMatchObject([
      { number: 1, target: 'corp/fail-503', outcome: 'failed', status: 503, final: 0, cost_pico: null, unpriced: 0 },
      { number: 2, target: 'box/tiny:latest', outcome: 'answered', status: 200, final: 1, cost_pico: 0 },
    ]);
  });

  it('the second is not tried when the request itself is wrong', async () => {
    const before = stage.box.calls.length;
    await expect(chat('strict')).rejects.toMatchObject({ status: 400, code: 'fake_400' });
    expect(stage.box.calls.length).toBe(before);
  });
});
