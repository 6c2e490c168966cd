import { afterEach, beforeEach, expect, it } from 'vitest';
import { beginEvents, chatEvents, eventText } from '../helpers/fake-answers.ts';
import { startFakeUpstream, type FakeUpstream, type Scene } from '../helpers/fake-upstream.ts';
import { startDaemon, makeHome, type TestDaemon } from '../helpers/daemon.ts';
import { eventually } from './stage.ts';

const STREAMS = 200;

let cloud: FakeUpstream;
let box: FakeUpstream;
let daemon: TestDaemon;
/** Lets the streams that wait go on to their end. */
let release: () => void;

beforeEach(async () => {
  cloud = await startFakeUpstream();
  box = await startFakeUpstream({ models: ['tiny:latest'] });
  const released = new Promise<void>((resolve) => (release = resolve));
  const held: Scene = (response, call) => {
    const events = [...chatEvents(call), '[DONE]'].map(eventText);
    beginEvents(response);
    response.write(events.slice(0, 2).join(''));
    void released.then(() => response.end(events.slice(2).join('')));
  };
  box.play('tiny:latest', held);
  cloud.play('gpt-4o', held);
  const config = [
    'discovery: {enabled: false}',
    `servers: [{name: box, base_url: "${box.apiBase}"}]`,
    `providers: {openai: {base_url: "${cloud.apiBase}", api_key: sk-fake-key-0123456789, models: [gpt-4o]}}`,
  ];
  daemon = await startDaemon({ home: makeHome({ config: config.join('\n') }), profile: null });
});
afterEach(async () => {
  await daemon.remove();
  await cloud.close();
  await box.close();
});

interface Streamed {
  readonly status: number;
  readonly profile: string | null;
  readonly whole: boolean;
}

async function stream(): Promise<Streamed> {
  const answer = await fetch(`${daemon.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'Hello?' }] }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    profile: answer.headers.get('x-llmgw-profile'),
    whole: text.trimEnd().endsWith('[DONE]') && !text.includes('"error"'),
  };
}

it('a flip from dev to prod under 200 streams loses none, and none goes where its wall forbids', async () => {
  const before = Array.from({ length: STREAMS / 2 }, stream);
  await box.called('tiny:latest', STREAMS / 2);
  expect(cloud.calls).toHaveLength(0);

  const during = Array.from({ length: STREAMS / 2 }, stream);
  const flip = daemon.manage('/llmgw/profiles/prod/use', 'POST');
  await flip;
  const after = Array.from({ length: STREAMS / 2 }, stream);
  const all = [...before, ...during, ...after];
  await eventually('every call has arrived', () => (box.calls.length + cloud.calls.length < all.length ? null : true));
  release();

  const answers = await Promise.all(all);
  expect(answers.filter(({ status, whole }) => status !== 200 || !whole)).toEqual([]);
  const of = (profile: string): number => answers.filter((answer) => answer.profile === profile).length;
  // Every stream that was told `dev` was answered by the local server, every other by the cloud.
  expect({ box: box.calls.length, cloud: cloud.calls.length }).toEqual({ box: of('dev'), cloud: of('prod') });
  expect((await Promise.all(before)).every(({ profile }) => profile === 'dev')).toBe(true);
  expect((await Promise.all(after)).every(({ profile }) => profile === 'prod')).toBe(true);

  // And back: what comes from now on stays on this machine.
  await daemon.manage('/llmgw/profiles/dev/use', 'POST');
  const paid = cloud.calls.length;
  await Promise.all(Array.from({ length: 50 }, stream));
  expect(cloud.calls).toHaveLength(paid);
});
