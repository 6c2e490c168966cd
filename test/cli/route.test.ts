import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteDocument } from '../../src/daemon/status.ts';
import { makeHome, startDaemon } from '../helpers/daemon.ts';
import type { Finished, TestDaemon } from '../helpers/daemon.ts';
import { startFakeModelServer } from '../helpers/fake-model-server.ts';
import type { FakeModelServer } from '../helpers/fake-model-server.ts';

let box: FakeModelServer;
let daemon: TestDaemon;
beforeAll(async () => {
  box = await startFakeModelServer('ollama-0.34.0');
  const config = [
    'discovery: {enabled: false}',
    `servers: [{name: box, base_url: '${box.origin}'}]`,
    'models: {smart: [openai/gpt-4o, box/tiny]}',
    'profiles: {strict: {allow: local, stand_in: none}}',
  ].join('\n');
  daemon = await startDaemon({ config, profile: 'dev', env: { OPENAI_API_KEY: 'sk-not-a-key' } });
});
afterAll(async () => {
  await daemon.remove();
  await box.close();
});

const route = (...args: string[]): Promise<Finished> => daemon.home.run(['route', ...args]);
async function document(...args: string[]): Promise<RouteDocument> {
  return JSON.parse((await route(...args, '--json')).stdout) as RouteDocument;
}

describe('llmgw route, by the real binary', () => {
  it('prints the decision of the profile in force, and sends nothing', async () => {
    const before = box.requests.length;
    const { code, stdout, stderr } = await route('gpt-4o', '--tools');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('gpt-4o in profile dev (chat/completions)\n');
    expect(stdout).toContain('1  box/tiny-tools:latest');
    expect(stdout).toMatch(/^- {2}openai\/gpt-4o +cloud {2}\$2\.5 \/ \$10\n {3}profile allows local only$/m);
    const asked = box.requests.slice(before).map(({ question }) => question);
    expect(asked.filter((question) => question.startsWith('POST'))).toEqual([]);
  });

  it('explains another profile, and does not switch to it', async () => {
    expect(await document('smart', '--profile', 'prod')).toMatchObject({
      v: 1,
      profile: 'prod',
      stands_in_for: null,
      candidates: [
        { target: 'openai/gpt-4o', position: 1 },
        { target: 'box/tiny:latest', position: 2 },
      ],
      error: null,
    });
    expect(await document('smart')).toMatchObject({
      profile: 'dev',
      candidates: [
        { target: 'box/tiny:latest', position: 1 },
        { target: 'openai/gpt-4o', position: null, reason: 'profile allows local only' },
      ],
    });
  });

  it.each([
    [['text-embedding-3-small', '--endpoint', 'embeddings'], 'model_not_found', 404],
    [['gpt-4o', '--profile', 'strict'], 'profile_wall', 403],
    [['tinny'], 'model_not_found', 404],
    [['box/tiny', '--endpoint', 'compact'], 'endpoint_not_supported', 404],
  ])('ends with 1 where nothing would be sent: %j', async (args, code, status) => {
    expect((await route(...args)).code).toBe(1);
    expect(await document(...args)).toMatchObject({ error: { code, status } });
  });

  it('ends with 2 when it is not understood', async () => {
    expect((await route('gpt-4o', '--profile', 'nobody')).code).toBe(2);
    expect((await route('gpt-4o', '--endpoint', 'sing')).code).toBe(2);
    expect((await route()).code).toBe(2);
  });

  it('ends with 3 when no daemon runs', async () => {
    const home = makeHome();
    try {
      const { code, stdout, stderr } = await home.run(['route', 'gpt-4o']);
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toContain('llmgw start');
    } finally {
      await home.remove();
    }
  });
});
