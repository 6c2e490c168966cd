import { afterEach, expect, it } from 'vitest';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { startDaemon, type TestDaemon } from '../helpers/daemon.ts';

let daemon: TestDaemon;
afterEach(() => daemon.remove());

it('what keeps a provider from being used stands in status, and in the log once', async () => {
  daemon = await startDaemon({
    config: 'discovery: {enabled: false}\nproviders: {corp: {base_url: "https://llm.corp.example/v1"}}\n',
  });
  await daemon.manage('/llmgw/credentials/reload', 'POST');
  const { provider_problems: problems } = (await daemon.manage('/llmgw/status')) as StatusDocument;
  expect(problems).toEqual([expect.stringMatching(/^providers\.corp: there is no credential/)]);
  await daemon.stop();
  const lines = daemon.home.read('state/llmgw.log').split('\n');
  expect(lines.filter((line) => line.includes('providers.corp: there is no credential'))).toHaveLength(1);
});
