import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
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

  it('holds ids, address and time, never the key, for its owner alone', async () => {
    const folder = cacheFolder();
    const { base } = await serve(json({ data: [{ id: 'one', secret: KEY }] }));
    await start([active(provider(base))], folder).catalog.settled;
    const [file = ''] = cacheFiles(folder);
    const text = readFileSync(file, 'utf8');
    expect(Object.keys(JSON.parse(text) as object).sort()).toEqual(['apiBase', 'fetchedAt', 'ids']);
    expect(text).not.toContain(KEY);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
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
