import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { MAX_MODELS } from '../../src/discovery/usable.ts';
import { startCloudCatalog } from '../../src/discovery/cloud-models.ts';
import type { ModelListing } from '../../src/providers/provider.ts';
import { OPENAI_LISTING } from '../../src/providers/provider-row.ts';
import { findProvider } from '../../src/providers/table.ts';
import { active, cacheFolder, json, KEY, probe, provider, serve, start } from './cloud-provider.ts';

describe('listing', () => {
  const shapes: readonly (readonly [string, Partial<ModelListing>, unknown])[] = [
    ['openai', {}, { object: 'list', data: [{ id: 'one' }, { id: 'vendor/two' }] }],
    ['openai with a prefix', { idPrefix: 'models/' }, { data: [{ id: 'models/one' }, { id: 'vendor/two' }] }],
    ['array', { shape: 'array' }, [{ id: 'one' }, { id: 'vendor/two' }]],
    [
      'gemini',
      { shape: 'gemini', idPrefix: 'models/' },
      { models: [{ name: 'models/one' }, { name: 'models/vendor/two' }] },
    ],
    ['ollama', { shape: 'ollama' }, { models: [{ model: 'one', name: 'x' }, { model: 'vendor/two' }] }],
  ];

  it.each(shapes)('reads the shape %s', async (_name, listing, body) => {
    const { base, asked } = await serve(json(body));
    const row = provider(base, { modelListing: { ...OPENAI_LISTING, ...listing } });
    const { catalog, changes } = start([active(row)], cacheFolder());
    expect(catalog.models('cloud')).toEqual([]);
    await catalog.settled;
    expect(catalog.models('cloud')).toEqual(['one', 'vendor/two']);
    expect(changes()).toBe(1);
    expect(asked.map((one) => [one.url, one.headers.authorization])).toEqual([['/models', `Bearer ${KEY}`]]);
  });

  it("asks Anthropic's list with its own headers", async () => {
    const { base, asked } = await serve(json({ data: [{ id: 'claude-x', type: 'model' }], has_more: false }));
    const row = findProvider('anthropic');
    if (row === null) throw new Error('there is no such row');
    const { catalog } = start([active(row, { apiBase: `${base}/v1` })], cacheFolder());
    await catalog.settled;
    expect(catalog.models('anthropic')).toEqual(['claude-x']);
    expect(asked[0]?.url).toBe('/v1/models?limit=1000');
    expect(asked[0]?.headers).toMatchObject({ 'x-api-key': KEY, 'anthropic-version': '2023-06-01' });
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });

  it('sends no credential where the list is open', async () => {
    const { base, asked } = await serve(json({ data: [{ id: 'one' }] }));
    const row = provider(base, { modelListing: { ...OPENAI_LISTING, open: true } });
    await start([active(row)], cacheFolder()).catalog.settled;
    expect(JSON.stringify(asked)).not.toContain(KEY);
    expect(asked).toHaveLength(1);
  });

  it('never asks a whole address when the provider was moved elsewhere', async () => {
    const elsewhere = await serve(json({ data: [{ id: 'one' }] }));
    const row = provider('https://cloud.example/v1', {
      modelListing: { ...OPENAI_LISTING, path: `${elsewhere.base}/list` },
    });
    const moved = active(row, { apiBase: 'http://127.0.0.1:9/v1' });
    const { catalog } = start([moved], cacheFolder());
    await catalog.settled;
    expect(elsewhere.asked).toEqual([]);
    expect(catalog.models('cloud')).toEqual([]);
  });

  it('asks nobody when the config names the models, or there is no list', async () => {
    const { base, asked } = await serve(json({ data: [{ id: 'listed' }] }));
    const named = active(provider(base), { configuredModels: ['big'] });
    const unlisted = active(provider(base, { id: 'other', modelListing: null, knownModels: ['known'] }));
    const { catalog } = start([named, unlisted], cacheFolder());
    await catalog.settled;
    expect(catalog.models('cloud')).toEqual(['big']);
    expect(catalog.models('other')).toEqual(['known']);
    expect(catalog.models('nobody')).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('drops what cannot be an id, and repetitions', async () => {
    const ids = ['good', 7, null, '', 'good', 'bad\nline', 'bad\u202eturn', 'x'.repeat(257), 'y'.repeat(256)];
    const { base } = await serve(json({ data: [...ids.map((id) => ({ id })), 'text', null] }));
    const { catalog } = start([active(provider(base))], cacheFolder());
    await catalog.settled;
    expect(catalog.models('cloud')).toEqual(['good', 'y'.repeat(256)]);
  });

  it('takes no more than the limit', async () => {
    const data = Array.from({ length: MAX_MODELS + 10 }, (_, index) => ({ id: `m${index}` }));
    const { base } = await serve(json({ data }));
    const { catalog } = start([active(provider(base))], cacheFolder());
    await catalog.settled;
    expect(catalog.models('cloud')).toHaveLength(MAX_MODELS);
  });
});

describe('failures', () => {
  const bodies: readonly (readonly [string, (asked: IncomingMessage, response: ServerResponse) => void, string])[] = [
    ['401', json({ error: { message: `bad key ${KEY}` } }, 401), 'status 401'],
    [
      'a redirect',
      (_asked, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'status 302',
    ],
    ['HTML', (_asked, response) => void response.end('<html>'), 'not a list'],
    ['another JSON', json({ models: 'none' }), 'not a list'],
    ['a cut connection', (_asked, response) => void response.destroy(), 'not_http'],
  ];

  it.each(bodies)('%s is one line in the log, without the key', async (_name, answer, reason) => {
    const { base } = await serve(answer);
    const { catalog, changes, log } = start([active(provider(base, { knownModels: ['known'] }))], cacheFolder());
    await catalog.settled;
    expect(catalog.models('cloud')).toEqual(['known']);
    expect(changes()).toBe(0);
    expect(log().trim().split('\n')).toHaveLength(1);
    expect(log()).toContain(reason);
    expect(log()).not.toContain(KEY);
  });

  it('keeps the list of the last run while the provider does not answer', async () => {
    const folder = cacheFolder();
    let isUp = true;
    const { base } = await serve((asked, response) => {
      if (isUp) json({ data: [{ id: 'one' }] })(asked, response);
      else response.destroy();
    });
    await start([active(provider(base))], folder).catalog.settled;
    isUp = false;
    const later = start([active(provider(base))], folder, () => Date.now() + 7 * 3_600_000);
    expect(later.catalog.models('cloud')).toEqual(['one']);
    await later.catalog.settled;
    expect(later.catalog.models('cloud')).toEqual(['one']);
  });

  it('goes on when the list cannot be kept', async () => {
    const { base } = await serve(json({ data: [{ id: 'one' }] }));
    const folder = cacheFolder();
    writeFileSync(join(folder, 'models'), 'a file where the folder should be');
    const { catalog, log } = start([active(provider(base))], folder);
    await catalog.settled;
    expect(catalog.models('cloud')).toEqual(['one']);
    expect(log()).toContain('cannot be kept');
  });

  it('a provider that never answers does not hold up the others, and stop() ends the waiting', async () => {
    const silent = await serve(() => undefined);
    const quick = await serve(json({ data: [{ id: 'one' }] }));
    const rows = [active(provider(silent.base, { id: 'silent' })), active(provider(quick.base))];
    let changed = (): void => undefined;
    const seen = new Promise<void>((resolve) => (changed = resolve));
    const catalog = startCloudCatalog({
      providers: rows,
      probe,
      cacheFolder: cacheFolder(),
      logger: pino({ level: 'silent' }),
      onChange: () => changed(),
    });
    await seen;
    expect(catalog.models('cloud')).toEqual(['one']);
    catalog.stop();
    await catalog.settled;
    expect(catalog.models('silent')).toEqual([]);
  });
});
