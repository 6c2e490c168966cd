import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { UNKNOWN_FACTS } from '../../src/canonical/model.ts';
import { startCloudCatalog } from '../../src/discovery/cloud-models.ts';
import { active, cacheFiles, cacheFolder, json, KEY, probe, provider, serve, start, undo } from './cloud-provider.ts';

describe('the cache', () => {
  it('serves a fresh list without asking, and asks again when it is old', async () => {
    const folder = cacheFolder();
    const { base, asked } = await serve(json({ data: [{ id: 'one' }] }));
    const row = active(provider(base));
    await start([row], folder).catalog.settled;
    const second = start([row], folder, () => Date.now() + 5.9 * 3_600_000);
    await second.catalog.settled;
    expect(second.catalog.models('cloud')).toEqual(['one']);
    expect(asked).toHaveLength(1);
    const third = start([row], folder, () => Date.now() + 6.1 * 3_600_000);
    expect(third.catalog.models('cloud')).toEqual(['one']);
    await third.catalog.settled;
    expect(asked).toHaveLength(2);
    expect(third.changes()).toBe(0);
  });

  it('does not trust a time in the future', async () => {
    const folder = cacheFolder();
    const { base, asked } = await serve(json({ data: [{ id: 'one' }] }));
    const row = active(provider(base));
    await start([row], folder, () => Date.now() + 86_400_000).catalog.settled;
    await start([row], folder).catalog.settled;
    expect(asked).toHaveLength(2);
  });

  it('refreshes while running', async () => {
    let round = 0;
    const { base } = await serve((asked, response) => json({ data: [{ id: `model-${++round}` }] })(asked, response));
    let changes = 0;
    let enough = (): void => undefined;
    const seen = new Promise<void>((resolve) => (enough = resolve));
    const catalog = startCloudCatalog({
      providers: [active(provider(base))],
      probe,
      cacheFolder: cacheFolder(),
      logger: pino({ level: 'silent' }),
      onChange: () => {
        if (++changes === 3) enough();
      },
      refreshMs: 5,
    });
    undo.push(() => catalog.stop());
    await seen;
    expect(catalog.models('cloud')[0]).toMatch(/^model-[3-9]/);
  });

  it('holds the list, address and time, never the key, for its owner alone', async () => {
    const folder = cacheFolder();
    const { base } = await serve(json({ data: [{ id: 'one', secret: KEY }] }));
    await start([active(provider(base))], folder).catalog.settled;
    const [file = ''] = cacheFiles(folder);
    const text = readFileSync(file, 'utf8');
    expect(Object.keys(JSON.parse(text) as object).sort()).toEqual(['apiBase', 'fetchedAt', 'models']);
    expect(text).not.toContain(KEY);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('keeps what the list tells of each model, and nothing that it would not tell', async () => {
    const folder = cacheFolder();
    const entry = { id: 'one', created: 1_759_104_000, context_length: 8_192, type: 'embedding' };
    const { base, asked } = await serve(json({ data: [entry, { id: 'two' }] }));
    const row = active(provider(base));
    await start([row], folder).catalog.settled;
    const [file = ''] = cacheFiles(folder);
    const facts = {
      capabilities: ['embedding'],
      contextLength: 8_192,
      maxOutputTokens: null,
      createdAt: 1_759_104_000,
    };
    const second = start([row], folder).catalog;
    expect(second.facts('cloud', 'one')).toMatchObject(facts);
    expect([second.facts('cloud', 'two'), second.facts('cloud', 'three'), second.facts('no', 'one')]).toMatchObject(
      Array.from({ length: 3 }, () => UNKNOWN_FACTS),
    );
    const cached = JSON.parse(readFileSync(file, 'utf8')) as { models: object[] };
    writeFileSync(
      file,
      JSON.stringify({ ...cached, models: [{ id: 'one', capabilities: ['magic'], contextLength: '8' }, 7, {}] }),
    );
    const third = start([row], folder).catalog;
    expect([third.models('cloud'), third.facts('cloud', 'one')]).toEqual([['one'], { id: 'one', ...UNKNOWN_FACTS }]);
    expect(asked).toHaveLength(1);
  });

  it('takes the ids of an earlier version for the first moment, and asks', async () => {
    const folder = cacheFolder();
    const { base, asked } = await serve(json({ data: [{ id: 'new', context_length: 5 }] }));
    const row = active(provider(base));
    await start([row], folder).catalog.settled;
    const [file = ''] = cacheFiles(folder);
    writeFileSync(file, JSON.stringify({ apiBase: base, ids: ['old'], fetchedAt: Date.now() }));
    const { catalog } = start([row], folder);
    expect(catalog.models('cloud')).toEqual(['old']);
    await catalog.settled;
    expect([catalog.models('cloud'), catalog.facts('cloud', 'new').contextLength]).toEqual([['new'], 5]);
    expect(asked).toHaveLength(2);
  });

  it('belongs to one address: a moved provider starts anew', async () => {
    const folder = cacheFolder();
    const one = await serve(json({ data: [{ id: 'one' }] }));
    const two = await serve(json({ data: [{ id: 'two' }] }));
    await start([active(provider(one.base))], folder).catalog.settled;
    const moved = start([active(provider(two.base))], folder);
    expect(moved.catalog.models('cloud')).toEqual([]);
    await moved.catalog.settled;
    expect(moved.catalog.models('cloud')).toEqual(['two']);
  });

  it.each([['../../escape'], ['a/b'], ['..'], ['é*?']])('keeps the file of %j inside the folder', async (id) => {
    const folder = cacheFolder();
    const { base } = await serve(json({ data: [{ id: 'one' }] }));
    const row = active(provider(base, { id }));
    await start([row], folder).catalog.settled;
    expect(readdirSync(folder)).toEqual(['models']);
    expect(cacheFiles(folder)).toHaveLength(1);
    expect(start([row], folder).catalog.models(id)).toEqual(['one']);
  });

  it.each([['half a {"apiBase'], ['null'], ['[]'], ['{"apiBase":1}'], ['']])(
    'a damaged file (%j) is no file',
    async (text) => {
      const folder = cacheFolder();
      const { base } = await serve(json({ data: [{ id: 'one' }] }));
      const row = active(provider(base));
      await start([row], folder).catalog.settled;
      const [file = ''] = cacheFiles(folder);
      writeFileSync(file, text);
      const again = start([row], folder);
      expect(again.catalog.models('cloud')).toEqual([]);
      await again.catalog.settled;
      expect(again.catalog.models('cloud')).toEqual(['one']);
    },
  );
});
