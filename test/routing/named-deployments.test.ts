import { describe, expect, it } from 'vitest';
import type { Allowed } from '../../src/canonical/profile.ts';
import { DEFAULT_RESILIENCE } from '../../src/canonical/resilience.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { namedDeployments, namesAndWildcards } from '../../src/routing/named-deployments.ts';
import { healthOf, reportedDeployments } from '../../src/routing/told-health.ts';
import type { RouteTable } from '../../src/routing/route-table.ts';
import { NOON } from '../helpers/groups.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { cloudEndpoint, modelServer, routedProvider, routeTable } from '../helpers/routes.ts';

function table(allow: Allowed = 'any', boxIs: 'ready' | 'down' | 'locked' = 'ready'): RouteTable {
  const rule = (use: string) => ({ use, when: null });
  return routeTable({
    allow,
    standIn: { kind: 'none' },
    servers: [
      modelServer('box', boxIs === 'ready' ? ['llama'] : [], {
        fromConfig: true,
        state: boxIs,
        problem: boxIs === 'ready' ? null : `Box is ${boxIs}.`,
      }),
    ],
    providers: [
      routedProvider(cloudEndpoint('openai'), ['gpt-4o', 'gpt-4o-mini']),
      routedProvider(cloudEndpoint('azure', { credential: null }), ['gpt-4o'], false),
    ],
    models: [
      modelGroup('chat', [configured('openai/gpt-4o'), configured('azure/gpt-4o'), configured('box/llama')]),
      // A bare name may be at several: where one can be asked, the others are no deployments that are hindered.
      modelGroup('bare', [configured('gpt-4o')]),
      modelGroup('auto', [], { rules: [rule('chat'), rule('box/llama')] }),
      modelGroup('quiet', [configured('openai/gpt-4o')], { hidden: true }),
      modelGroup('gpt-*', [configured('openai/gpt-*')]),
    ],
  });
}

const told = (of: RouteTable, name: string): string[] =>
  namedDeployments(of, name).map(
    ({ deployment, obstacle }) => `${deployment.id}${obstacle === null ? '' : `: ${obstacle}`}`,
  );

describe('the deployments of a name', () => {
  it.each<[Allowed, 'ready' | 'down' | 'locked', readonly string[]]>([
    ['any', 'ready', ['openai/gpt-4o', 'box/llama', 'azure/gpt-4o: no usable credential']],
    ['any', 'locked', ['openai/gpt-4o', 'azure/gpt-4o: no usable credential', 'box/llama: the server wants a key']],
    ['any', 'down', ['openai/gpt-4o', 'box/llama', 'azure/gpt-4o: no usable credential']],
    ['cloud', 'ready', ['openai/gpt-4o', 'azure/gpt-4o: no usable credential']],
    ['local', 'ready', ['box/llama']],
    // Whether it is local will be known when it answers.
    ['local', 'down', ['box/llama: its server does not answer']],
  ])('in a profile that allows %s, with a server that is %s', (allow, boxIs, expected) => {
    expect(told(table(allow, boxIs), 'chat')).toEqual(expected);
  });

  it('are those of every rule, of a wildcard as it is written, and none of a name that nobody knows', () => {
    expect(told(table(), 'auto')).toEqual(expect.arrayContaining(['openai/gpt-4o', 'box/llama']));
    expect(told(table(), 'gpt-*')).toEqual(['openai/gpt-*']);
    expect(told(table(), 'nobody')).toEqual([]);
    expect(told(table(), 'llmgw/chat')).toEqual(told(table(), 'chat'));
  });

  it('are no further places of one that can be asked', () => {
    expect(told(table(), 'bare')).toEqual(['gpt-4o']);
  });
});

describe('the names', () => {
  it('are those that are listed, then the wildcards', () => {
    const names = ['chat', 'bare', 'auto', 'llama', 'openai/gpt-4o', 'openai/gpt-4o-mini', 'gpt-*'];
    expect(namesAndWildcards(table())).toEqual(names);
  });
});

describe('the health of a deployment', () => {
  const failure = {
    kind: 'rate_limit',
    message: 'answered 429',
    isUnreachable: false,
    retryAfterMs: 60_000,
  } as const;

  function cooledBook(of: RouteTable): HealthBook {
    const health = new HealthBook();
    const [first] = namedDeployments(of, 'chat');
    if (first === undefined) throw new Error('chat has no deployment');
    const call = health.began(first.deployment, 0, NOON);
    health.failed(call, failure, { policy: DEFAULT_RESILIENCE.cooldown, others: 1 }, NOON);
    return health;
  }

  it('is what was seen last of it', () => {
    const of = table('any', 'down');
    const health = cooledBook(of);
    const at = (now: number) => namedDeployments(of, 'chat').map((one) => healthOf(one, { table: of, health, now }));
    const azure = { state: 'hindered', reason: 'no usable credential', untilMs: null };
    expect(at(NOON)).toEqual([
      { state: 'cooled', reason: 'answered 429', untilMs: NOON + 60_000 },
      { state: 'open', reason: null, untilMs: null },
      azure,
    ]);
    health.probed('box/llama', false);
    expect(at(NOON + 60_000)).toEqual([
      { state: 'trial', reason: 'answered 429', untilMs: null },
      { state: 'down', reason: 'Box is down.', untilMs: null },
      azure,
    ]);
  });

  it('is down behind the wall too, where its server does not answer', () => {
    const of = table('local', 'down');
    const [only] = namedDeployments(of, 'chat');
    expect(only && healthOf(only, { table: of, health: new HealthBook(), now: NOON })).toEqual({
      state: 'down',
      reason: 'Box is down.',
      untilMs: null,
    });
  });

  it('is reported once for each, of long lists only where it was used', () => {
    const of = table();
    const ids = (health: HealthBook) => reportedDeployments(of, health).map(({ deployment: { id } }) => id);
    const always = ['openai/gpt-4o', 'box/llama', 'azure/gpt-4o', 'gpt-4o', 'openai/gpt-*'];
    expect(ids(new HealthBook())).toEqual(always);
    const used = new HealthBook();
    used.probed('openai/gpt-4o-mini', false);
    expect(ids(used)).toEqual([...always.slice(0, -1), 'openai/gpt-4o-mini', 'openai/gpt-*']);
  });
});
