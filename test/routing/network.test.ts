import { describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { ErrorCode } from '../../src/canonical/errors.ts';
import { DEFAULT_RESILIENCE, NO_FALLBACKS } from '../../src/canonical/resilience.ts';
import { deploymentFailureOf } from '../../src/routing/failure-kind.ts';
import type { Deployment, Group } from '../../src/routing/group.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { GONE_MS, internetHostOf } from '../../src/routing/health/network.ts';
import { firstStep, stepAfter, stepAfterWait } from '../../src/routing/steps.ts';
import type { Step } from '../../src/routing/steps.ts';
import { watchNetwork } from '../../src/upstream/network-watch.ts';
import { askedFor, deployment, groupOf, NOON } from '../helpers/groups.ts';
import { cloudEndpoint, networkTarget } from '../helpers/routes.ts';

function at(id: string, apiBase: string, locality: 'local' | 'cloud' = 'cloud'): Deployment {
  return deployment(id, { target: { ...networkTarget(cloudEndpoint(id, { apiBase, locality })), locality } });
}

const FIRST = at('first', 'https://api.first.com/v1');
const SECOND = at('second', 'https://api.second.com/v1');
const HERE = at('here', 'http://127.0.0.1:11434', 'local');
const TERMS = { policy: DEFAULT_RESILIENCE.cooldown, others: 1 };

/** One book, and what happens to its deployments. */
class Stage {
  readonly book = new HealthBook();

  fail(one: Deployment, code: ErrorCode, now = NOON): void {
    this.book.failed(this.book.began(one, 0, now), deploymentFailureOf(new GatewayError(code, code), now), TERMS, now);
  }

  answer(one: Deployment, now = NOON): void {
    this.book.succeeded(this.book.began(one, 0, now), { durationMs: 1, outputTokens: 1, totalTokens: 1 }, now);
  }

  kinds(now = NOON): string {
    return [FIRST, SECOND, HERE].map((one) => this.book.availability(one, now).kind).join(' ');
  }
}

describe('which targets need the internet', () => {
  it.each<[string, 'local' | 'cloud', string | null]>([
    ['https://api.openai.com/v1', 'cloud', 'api.openai.com'],
    ['https://api.openai.com/v1', 'local', null],
    ['http://127.0.0.1:4000/v1', 'cloud', null],
    ['http://localhost:4000/v1', 'cloud', null],
    ['http://10.0.0.5:8000/v1', 'cloud', null],
    ['http://[fd00::5]:8000/v1', 'cloud', null],
    ['http://vllm:8000/v1', 'cloud', null],
    ['http://box.local/v1', 'cloud', null],
    ['http://host.docker.internal:1234/v1', 'cloud', null],
    ['http://gpu.home.arpa/v1', 'cloud', null],
    ['https://local.example.com/v1', 'cloud', 'local.example.com'],
  ])('%s (%s): %s', (apiBase, locality, host) => {
    expect(internetHostOf(at('x', apiBase, locality).target)).toBe(host);
  });
});

describe('when there is no network', () => {
  it('one that finds none says it for all out there, and for nobody near', () => {
    const stage = new Stage();
    stage.fail(FIRST, 'upstream_no_network');
    expect(stage.kinds()).toBe('offline offline open');
    expect(stage.kinds(NOON + GONE_MS - 1)).toBe('offline offline open');
    expect(stage.kinds(NOON + GONE_MS)).toBe('open open open');
    expect(stage.book.network.missedHost).toBe('api.first.com');
  });

  it('is no fault of whoever was asked: it is as well as before once there is a network', () => {
    const stage = new Stage();
    for (let time = 0; time < 10; time++) stage.fail(FIRST, 'upstream_no_network');
    stage.book.network.back();
    expect(stage.kinds()).toBe('open open open');
    expect(stage.book.stateOf('first')).toMatchObject({ inFlight: 0, lastFailure: null, cooledUntilMs: null });
  });

  it('one answer from out there says that there is one, and an answer of this machine says nothing', () => {
    const stage = new Stage();
    stage.fail(FIRST, 'upstream_no_network');
    stage.answer(HERE);
    expect(stage.kinds()).toBe('offline offline open');
    stage.answer(SECOND);
    expect(stage.kinds()).toBe('open open open');
    expect(stage.book.network.isDoubted).toBe(false);
  });

  it('of a server near by it is an ordinary failure', () => {
    const stage = new Stage();
    stage.fail(HERE, 'upstream_no_network');
    expect(stage.kinds()).toBe('open open cooled');
  });

  it.each<[string, (stage: Stage) => void, string]>([
    ['one host that nobody knows is a slip', (stage) => stage.fail(FIRST, 'upstream_unknown_host'), 'cooled open open'],
    [
      'the same host twice too',
      (stage) => {
        stage.fail(FIRST, 'upstream_unknown_host', NOON - 1);
        stage.fail(FIRST, 'upstream_unknown_host');
      },
      'cooled open open',
    ],
    [
      'two of them are no network',
      (stage) => {
        stage.fail(FIRST, 'upstream_unknown_host');
        stage.fail(SECOND, 'upstream_unknown_host');
      },
      'offline offline open',
    ],
    [
      'unless somebody answered in between',
      (stage) => {
        stage.fail(FIRST, 'upstream_unknown_host');
        stage.answer(SECOND);
        stage.fail(SECOND, 'upstream_unknown_host');
      },
      'cooled cooled open',
    ],
    [
      'or there is half a minute between them',
      (stage) => {
        stage.fail(FIRST, 'upstream_unknown_host', NOON - 30_000);
        stage.fail(SECOND, 'upstream_unknown_host');
      },
      'trial cooled open',
    ],
    [
      'a host that does not answer is one host',
      (stage) => stage.fail(FIRST, 'upstream_connect_timeout'),
      'cooled open open',
    ],
  ])('%s', (_, happens, expected) => {
    const stage = new Stage();
    happens(stage);
    expect(stage.kinds()).toBe(expected);
  });
});

/** Whether the network is taken to be gone, one second after another, while these names alone are found. */
function goneWhile(stage: Stage, found: readonly string[], seconds: number): string {
  vi.useFakeTimers({ now: NOON });
  const isFound = (host: string, done: (isFound: boolean) => void): void => done(found.includes(host));
  const end = watchNetwork(stage.book.network, { isFound, hasAddress: () => true });
  const seen = Array.from({ length: seconds }, () => {
    vi.advanceTimersByTime(1_000);
    return stage.book.network.isGone(Date.now()) ? 'x' : '-';
  });
  end();
  vi.useRealTimers();
  return seen.join('');
}

describe('a host that is gone for good', () => {
  const OTHER = at('other', 'https://api.other.com/v1');

  it('does not keep all others away: the name of one that has answered is enough', () => {
    const stage = new Stage();
    stage.answer(SECOND);
    stage.fail(FIRST, 'upstream_no_network');
    expect(goneWhile(stage, ['api.second.com'], 4)).toBe('----');
  });

  it('says nothing of the others by its own name, though it has answered before', () => {
    const stage = new Stage();
    stage.answer(SECOND);
    stage.answer(FIRST);
    stage.fail(FIRST, 'upstream_no_network');
    expect(goneWhile(stage, ['api.second.com'], 4)).toBe('----');
  });

  it.each<[string, (stage: Stage) => void]>([
    ['one that has never answered', (stage) => stage.fail(FIRST, 'upstream_no_network')],
    [
      'the only one that has',
      (stage) => {
        stage.answer(FIRST);
        stage.fail(FIRST, 'upstream_no_network');
      },
    ],
    [
      'two that nobody knows',
      (stage) => {
        stage.fail(FIRST, 'upstream_unknown_host');
        stage.fail(OTHER, 'upstream_unknown_host');
      },
    ],
  ])('%s: some request finds out about the others after a minute', (_, happens) => {
    const stage = new Stage();
    happens(stage);
    const seen = goneWhile(stage, ['api.second.com'], 90);
    expect(seen).toMatch(/^x{60,70}-+$/);
  });

  it('keeps requests from trying as long as that of another one is not found either', () => {
    const stage = new Stage();
    stage.answer(SECOND);
    stage.fail(FIRST, 'upstream_no_network');
    expect(goneWhile(stage, [], 90)).toBe('x'.repeat(90));
  });
});

describe('where requests go without a network', () => {
  const general = (...names: string[]): Partial<Group> => ({
    resilience: { ...DEFAULT_RESILIENCE, fallbacks: { ...NO_FALLBACKS, general: names } },
  });
  const LOCAL = groupOf([HERE], { name: 'local' });

  /** Who is asked, each of those out there finding no network; waits are given as `+ms`. */
  function asked(group: Group, stage = new Stage()): string[] {
    const groupNamed = (name: string): Group | null => (name === 'local' ? LOCAL : null);
    const log: string[] = [];
    let step: Step = firstStep(group, stage.book, askedFor(), groupNamed);
    for (let count = 0; count < 20 && step.kind !== 'give_up'; count++) {
      if (step.kind === 'wait') return [...log, `+${step.untilMs - NOON}`];
      log.push(step.deployment.id);
      if (step.deployment === HERE) return log;
      stage.fail(step.deployment, 'upstream_no_network');
      const error = new GatewayError('upstream_no_network', 'x');
      const failure = { error, committed: false, staleConnection: false, wasSent: true };
      step = stepAfter(step.progress, failure, stage.book, askedFor(), groupNamed);
    }
    return [...log, 'give up'];
  }

  const offline = (): Stage => {
    const stage = new Stage();
    stage.fail(SECOND, 'upstream_no_network');
    return stage;
  };

  it('nobody else is there: it is sent again as soon as there is a network, and not before', () => {
    const stage = new Stage();
    const nobody = (): null => null;
    const first = firstStep(groupOf([FIRST]), stage.book, askedFor(), nobody);
    stage.fail(FIRST, 'upstream_no_network');
    const error = new GatewayError('upstream_no_network', 'x');
    const failure = { error, committed: false, staleConnection: false, wasSent: true };
    const wait = stepAfter(first.progress, failure, stage.book, askedFor(), nobody);
    expect(wait).toMatchObject({ kind: 'wait', untilMs: NOON + 500 });
    const still = stepAfterWait(wait.progress, stage.book, askedFor({ now: NOON + 500 }), nobody);
    expect(still).toMatchObject({ kind: 'wait', untilMs: NOON + 1_500 });
    stage.book.network.back();
    const then = stepAfterWait(still.progress, stage.book, askedFor({ now: NOON + 1_500 }), nobody);
    expect(then).toMatchObject({ kind: 'attempt', deployment: { id: 'first' } });
  });

  it.each<[string, Group, string[], string[]]>([
    ['another deployment here', groupOf([FIRST, SECOND, HERE]), ['first', 'here'], ['here']],
    ['a fallback here, at once', groupOf([FIRST, SECOND], general('local')), ['first', 'here'], ['here']],
    ['a fallback of a group of one', groupOf([FIRST], general('local')), ['first', 'here'], ['here']],
    ['nobody here: asked again in a moment', groupOf([FIRST]), ['first', '+500'], ['first', 'give up']],
  ])('%s', (_, group, first, then) => {
    expect(asked(group)).toEqual(first);
    expect(asked(group, offline())).toEqual(then);
  });
});
