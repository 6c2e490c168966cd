import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteDocument, StatusDocument } from '../../src/daemon/status.ts';
import { makeHome, startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { seeded } from '../helpers/groups.ts';
import { startMoodyUpstream, type Mood, type MoodyUpstream } from '../helpers/moody-upstream.ts';
import { eventually, ledgerRows, type LedgerRow } from './stage.ts';
import { send, type Ended, type Kind, type Plan } from './trouble-clients.ts';

const SEED = 20_261_121;
const REQUESTS_A_PHASE = 72;
const CLIENTS = 16;
const FIRST_BYTE_MS = 400;

/** Dollars per million tokens, which is 10⁶ pico-dollars for a token each. */
const PRICES = { alpha: [1, 2], beta: [3, 4], rock: [5, 6], lab: [0, 0], den: [0, 0] } as const;
type Name = keyof typeof PRICES;
const LOCAL: readonly Name[] = ['lab', 'den'];
/** What trouble some of them have in each phase; `dead`: nobody is there. The others are always well. */
const TROUBLED = ['alpha', 'beta', 'lab'] as const;
const TROUBLES: readonly (readonly (Mood | 'dead')[])[] = [
  ['well', 'cutting', 'silent'],
  ['silent', 'well', 'cutting'],
  ['limited', 'dead', 'failing'],
  ['cutting', 'limited', 'dead'],
  ['failing', 'silent', 'limited'],
  ['dead', 'failing', 'well'],
  ['cutting', 'well', 'cutting'],
  ['well', 'cutting', 'limited'],
  ['limited', 'silent', 'failing'],
];
const PHASES = TROUBLES.length;

/** Which deployments are tagged `pii` in each form of the config file. */
const TAGGED: Readonly<Record<Form, readonly Name[]>> = {
  first: ['alpha', 'rock', 'den'],
  second: ['beta', 'rock', 'den'],
};
type Form = 'first' | 'second';

const random = seeded(SEED);
const fakes = new Map<Name, MoodyUpstream>();
const ended: Ended[] = [];
/** Forms that may have been in force while a request was under way, by its mark. */
const forms = new Map<string, ReadonlySet<Form>>();
const problems: string[] = [];
let inForce: ReadonlySet<Form> = new Set<Form>(['first']);
let daemon: TestDaemon;
let rows: readonly LedgerRow[];

beforeAll(async () => {
  for (const name of Object.keys(PRICES) as Name[]) {
    fakes.set(name, await startMoodyUpstream(name, name === 'beta' ? 'anthropic-messages' : 'openai-chat'));
  }
  const home = makeHome({ config: configOf('first') });
  daemon = await startDaemon({ home, profile: null, args: ['--profile', 'open'] });
  await eventually('the local servers are found', async () => {
    const { servers } = (await daemon.manage('/llmgw/status')) as StatusDocument;
    return servers.every(({ state }) => state === 'ready') ? true : null;
  });
  for (let phase = 0; phase < PHASES; phase++) await live(phase);
  rows = await eventually('every row is settled', () => {
    const all = ledgerRows(home.folder);
    return all.every(({ outcome }) => outcome !== null) ? all : null;
  });
}, 90_000);

afterAll(async () => {
  await daemon.remove();
  await Promise.all([...fakes.values()].map((fake) => fake.kill()));
});

describe(`${PHASES * REQUESTS_A_PHASE} requests under trouble`, () => {
  it('are the trouble that they are meant to be', () => {
    const ends = new Map<string, number>();
    for (const { calls } of fakes.values()) for (const { end } of calls) ends.set(end, (ends.get(end) ?? 0) + 1);
    const hows = new Map<string, number>();
    for (const { how } of ended) hows.set(how, (hows.get(how) ?? 0) + 1);
    for (const end of ['served', 'cut', 'refused', 'silent']) expect(ends.get(end), end).toBeGreaterThan(10);
    for (const how of ['whole', 'broken', 'left']) expect(hows.get(how), how).toBeGreaterThan(5);
    expect(rows.some(({ error_code }) => error_code === 'upstream_refused')).toBe(true);
    expect(problems).toEqual([]);
  });

  it('are all answered, or broken off in the words of their client after they had begun', () => {
    expect(ended).toHaveLength(PHASES * REQUESTS_A_PHASE);
    expect(ended.filter(({ how }) => how === 'odd' || how === 'error')).toEqual([]);
    // Only a stream can have begun.
    expect(ended.filter(({ how, plan }) => how === 'broken' && !plan.stream)).toEqual([]);
  });

  it('go nowhere that a wall or a tag forbids', () => {
    const byMark = new Map(ended.map((one) => [one.mark, one]));
    const astray: string[] = [];
    for (const [name, { calls }] of fakes) {
      for (const { mark } of calls) {
        const profile = byMark.get(mark)?.profile;
        if (profile !== 'open' && !LOCAL.includes(name)) astray.push(`${mark} of ${String(profile)} at ${name}`);
        const mayHave = [...(forms.get(mark) ?? [])].some((form) => TAGGED[form].includes(name));
        if (mark.endsWith('pii') && !mayHave) astray.push(`${mark} at ${name}`);
      }
    }
    expect(astray).toEqual([]);
    expect(ended.filter(({ plan, profile }) => plan.kind === 'walled' && profile !== 'private')).toEqual([]);
    // Both were in force, and tags kept something away in each of them.
    expect(new Set(ended.map(({ profile }) => profile))).toEqual(new Set(['open', 'private']));
  });

  it('have rows: one for each attempt, one of them final, as the client saw it', () => {
    const wrong: string[] = [];
    const byExchange = new Map<string, LedgerRow[]>();
    for (const row of rows) byExchange.set(row.exchange_id, [...(byExchange.get(row.exchange_id) ?? []), row]);
    expect(byExchange.size).toBe(ended.length);
    for (const { exchangeId, mark, how, profile } of ended) {
      const own = byExchange.get(exchangeId) ?? [];
      const numbers = own.map(({ number }) => number).join();
      if (numbers !== own.map((_, index) => index + 1).join()) wrong.push(`${mark}: rows ${numbers}`);
      const final = own.filter((row) => row.final === 1);
      if (final.length !== 1 || final[0] !== own.at(-1)) wrong.push(`${mark}: ${final.length} final rows`);
      const outcome = final[0]?.outcome ?? '';
      if (!OUTCOMES[how].includes(outcome)) wrong.push(`${mark}: ${how} for the client, ${outcome} in its row`);
      if (own.some((row) => row.profile !== profile)) wrong.push(`${mark}: not all of ${String(profile)}`);
      if (own.slice(0, -1).some((row) => row.outcome !== 'failed' || row.error_code === null)) {
        wrong.push(`${mark}: an attempt before the last one did not fail`);
      }
      wrong.push(...callsWithoutRow(mark, own));
    }
    expect(wrong).toEqual([]);
  });

  it('cost what the servers said', () => {
    const wrong: string[] = [];
    const marks = new Map(ended.map(({ exchangeId, mark }) => [exchangeId, mark]));
    for (const { exchange_id, target, outcome, input_tokens, output_tokens, cost_pico, estimated } of rows) {
      const mark = marks.get(exchange_id) ?? '';
      const name = nameOf(target);
      const served = callsOf(name, mark).find(({ end }) => end === 'served');
      if (outcome !== 'answered') continue;
      const [input, output] = [served?.usage.input ?? -1, served?.usage.output ?? -1];
      const [perInput, perOutput] = PRICES[name];
      const cost = (input * perInput + output * perOutput) * 1_000_000;
      if (estimated !== 0 || input_tokens !== input || output_tokens !== output || cost_pico !== cost) {
        wrong.push(
          `${mark} at ${name}: ${input_tokens}+${output_tokens}, ${cost_pico}; not ${input}+${output}, ${cost}`,
        );
      }
    }
    expect(wrong).toEqual([]);
    // Nobody pays for what was refused before anything was said.
    const refused = rows.filter(({ outcome, status }) => outcome === 'failed' && status !== null && status >= 400);
    expect(refused.filter(({ cost_pico }) => cost_pico !== null && cost_pico !== 0)).toEqual([]);
  });

  it('leave nothing open behind them', async () => {
    const status = (await daemon.manage('/llmgw/status')) as StatusDocument;
    expect(status.in_flight).toBe(0);
    for (const model of ['chat', 'spare']) {
      const { group } = (await daemon.manage(`/llmgw/route?model=${model}&profile=open`)) as RouteDocument;
      expect(group?.deployments.length).toBeGreaterThan(1);
      expect(group?.deployments.filter(({ in_flight }) => in_flight !== 0)).toEqual([]);
    }
    const printed = await daemon.home.run(['status', '--json']);
    expect(JSON.parse(printed.stdout)).toMatchObject({ in_flight: 0 });
  });

  it('is over when everybody is well: the troubled ones are asked again', { timeout: 45_000 }, async () => {
    for (const name of TROUBLED) await settle(name, 'well');
    const counts = (): readonly number[] => TROUBLED.map((name) => fakes.get(name)?.calls.length ?? 0);
    const before = counts();
    const plan = { kind: 'open', face: 'chat', stream: false, leaves: false } as const;
    let number = 100_000;
    // One that failed long is left alone for as long again.
    const areAsked = async (): Promise<true | null> => {
      expect((await send(daemon, { ...plan, number: number++ })).how).toBe('whole');
      return counts().every((count, index) => count > (before[index] ?? 0)) ? true : null;
    };
    await eventually('each of them was asked', areAsked, 40_000);
  });
});

/** What the final row may say for what the client saw: one that leaves may have left an answer that was whole. */
const OUTCOMES: Readonly<Record<Ended['how'], readonly string[]>> = {
  whole: ['answered'],
  broken: ['failed'],
  left: ['client_left', 'answered', 'failed'],
  error: [],
  odd: [],
};

/** One phase: the trouble, its requests, and what is done in the middle of them. */
async function live(phase: number): Promise<void> {
  const moods = TROUBLED.map((name, index) => [name, TROUBLES[phase]?.[index] ?? 'well'] as const);
  for (const [name, mood] of moods) await settle(name, mood);
  const before = new Map(TROUBLED.map((name) => [name, fakes.get(name)?.calls.length ?? 0]));
  const beganAt = performance.now();
  let next = 0;
  const midway: Promise<void>[] = [];
  const client = async (): Promise<void> => {
    while (next < REQUESTS_A_PHASE) {
      const number = phase * REQUESTS_A_PHASE + next++;
      if (next === REQUESTS_A_PHASE / 2) midway.push(happen(phase));
      const plan = planOf(number);
      const seen = new Set(inForce);
      const answer = await send(daemon, plan);
      for (const form of inForce) seen.add(form);
      forms.set(answer.mark, seen);
      ended.push(answer);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await Promise.all(midway);
  const seconds = (performance.now() - beganAt) / 1000;
  for (const [name, mood] of moods) {
    if (mood !== 'limited' || name === 'lab') continue;
    // Those that were under way when it first refused, then one at a time, each a second after the one before.
    const calls = (fakes.get(name)?.calls.length ?? 0) - (before.get(name) ?? 0);
    if (calls > CLIENTS + Math.ceil(seconds) + 1) problems.push(`phase ${phase}: ${name} refused ${calls} times`);
  }
}

async function settle(name: Name, mood: Mood | 'dead'): Promise<void> {
  const fake = fakes.get(name);
  if (fake === undefined) throw new Error(`nobody is called ${name}`);
  if (mood === 'dead') await fake.kill();
  else {
    fake.mood = mood;
    if (!fake.isAlive) await fake.revive();
  }
}

/** In the middle of a phase. */
async function happen(phase: number): Promise<void> {
  switch (phase) {
    case 0:
      await killAndRevive('alpha');
      return;
    case 1:
      await useProfile('private');
      return;
    case 2:
      await useProfile('open');
      return;
    case 3:
      await rewrite('second');
      return;
    case 4:
      await breakConfig('second');
      return;
    case 5:
      await rewrite('first');
      return;
    case 6:
      await killAndRevive('beta');
      await useProfile('private');
      return;
    case 7:
      await killAndRevive('lab');
      return;
    default:
      await useProfile('open');
      await rewrite('second');
  }
}

async function killAndRevive(name: Name): Promise<void> {
  const fake = fakes.get(name);
  if (fake?.isAlive !== true) return;
  await fake.kill();
  await eventually('somebody noticed', () =>
    ended.length % REQUESTS_A_PHASE >= (REQUESTS_A_PHASE * 2) / 3 ? true : null,
  );
  await fake.revive();
}

/** By the command, as a person does. */
async function useProfile(name: string): Promise<void> {
  const { code, stderr } = await daemon.home.run(['profile', 'use', name]);
  if (code !== 0) throw new Error(stderr);
}

async function rewrite(form: Form): Promise<void> {
  const loadedAt = (await configStatus()).loaded_at;
  inForce = new Set([...inForce, form]);
  write(configOf(form));
  await eventually('the config is in force', async () => ((await configStatus()).loaded_at === loadedAt ? null : true));
  inForce = new Set([form]);
}

/** Nothing of a file with a mistake comes into force; then it is as before. */
async function breakConfig(form: Form): Promise<void> {
  write(configOf(form).replace('tags: [pii]', 'tags: pii: oops'));
  await eventually('the mistake is found', async () => (await configStatus()).problem);
  write(configOf(form));
  await eventually('it is put right', async () => ((await configStatus()).problem === null ? true : null));
}

function write(config: string): void {
  writeFileSync(join(daemon.home.folder, 'config.yaml'), config, { mode: 0o600 });
}

async function configStatus(): Promise<StatusDocument['config']> {
  return ((await daemon.manage('/llmgw/status')) as StatusDocument).config;
}

function planOf(number: number): Plan {
  const kinds: readonly Kind[] = ['open', 'open', 'walled', 'pii'];
  const stream = random() < 0.5;
  return {
    number,
    kind: kinds[Math.floor(random() * kinds.length)] ?? 'open',
    face: random() < 0.5 ? 'chat' : 'messages',
    stream,
    leaves: stream && random() < 0.1,
  };
}

function configOf(form: Form): string {
  const at = (name: Name): string => fakes.get(name)?.apiBase ?? '';
  const provider = (name: Name, dialect: string): string =>
    `  ${name}: {dialect: ${dialect}, base_url: "${at(name)}", api_key: sk-fake-key-0123456789, models: [m]}`;
  const deployment = (name: Name): string => {
    const [input, output] = PRICES[name];
    const tags = TAGGED[form].includes(name) ? 'tags: [pii]' : 'tags: []';
    return `      - {target: ${name}/m, id: ${name}, max_parallel: 12, ${tags}, price: {input: ${input}, output: ${output}}}`;
  };
  return [
    'discovery: {enabled: false, interval: 1s}',
    `servers: [{name: lab, base_url: "${at('lab')}"}, {name: den, base_url: "${at('den')}"}]`,
    'providers:',
    provider('alpha', 'openai-chat'),
    provider('beta', 'anthropic-messages'),
    provider('rock', 'openai-chat'),
    'models:',
    '  chat:',
    '    deployments:',
    ...(['alpha', 'beta', 'lab'] as const).map(deployment),
    `    strategy: ${form === 'first' ? 'shuffle' : 'least-busy'}`,
    '    fallbacks: [spare]',
    '  spare:',
    '    deployments:',
    ...(['rock', 'den'] as const).map(deployment),
    'routing: {retries: 1, cooldown: 500ms}',
    `timeouts: {first_byte: ${FIRST_BYTE_MS}ms}`,
    'profiles:',
    '  open: {allow: any}',
    '  private: {allow: local}',
    '',
  ].join('\n');
}

function callsOf(name: Name, mark: string) {
  return (fakes.get(name)?.calls ?? []).filter((call) => call.mark === mark);
}

/** Every call that arrived has a row, and every row that tells of an answer has its call. */
function callsWithoutRow(mark: string, own: readonly LedgerRow[]): readonly string[] {
  return (Object.keys(PRICES) as Name[]).flatMap((name) => {
    const here = own.filter(({ target }) => target !== null && nameOf(target) === name);
    const [calls, heard] = [callsOf(name, mark).length, here.filter(({ status }) => status !== null).length];
    return calls <= here.length && heard <= calls ? [] : [`${mark}: ${calls} calls at ${name}, ${here.length} rows`];
  });
}

function nameOf(target: string | null): Name {
  const name = (target ?? '').split('/')[0] ?? '';
  if (!(name in PRICES)) throw new Error(`a row of ${String(target)}`);
  return name as Name;
}
