import { describe, expect, it } from 'vitest';
import { plainDeployment, plainGroup } from '../../src/canonical/model-group.ts';
import { DEFAULT_RESILIENCE } from '../../src/canonical/resilience.ts';
import { DeploymentHealth } from '../../src/daemon/deployment-health.ts';
import { describeUnwell } from '../../src/daemon/describe-deployments.ts';
import type { Deployment } from '../../src/routing/group.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { groupOf } from '../../src/routing/plan.ts';
import type { RouteTable } from '../../src/routing/route-table.ts';
import { NOON } from '../helpers/groups.ts';
import { cloudEndpoint, modelServer, routedProvider, routeTable } from '../helpers/routes.ts';

const up = modelServer('box', ['m'], { fromConfig: true });
const down = modelServer('box', [], { fromConfig: true, state: 'down' });

function tableWith(server: typeof up): RouteTable {
  const chat = { ...plainGroup('chat', []), strategy: null };
  return routeTable({
    servers: [server],
    providers: [routedProvider(cloudEndpoint('openai'), [])],
    models: [
      { ...chat, deployments: [{ ...plainDeployment('box/m', 1), id: 'mine' }, plainDeployment('openai/gpt-4o', 1)] },
    ],
  });
}

function deploymentIn(table: RouteTable, id: string): Deployment {
  const found = groupOf(table, 'chat')?.deployments.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no deployment ${id}`);
  return found;
}

function found(server: typeof up | null, isProbed = true) {
  return { servers: server === null ? [] : [server], providers: ['openai'], isProbed };
}

describe('what a look at the servers tells of the deployments on them', () => {
  it('that they are down before anybody asked, and up again when their server is', () => {
    const health = new DeploymentHealth(new HealthBook());
    health.changed(found(down), []);
    const before = tableWith(down);
    health.compiled(before);
    expect(health.book.availability(deploymentIn(before, 'mine'), NOON).kind).toBe('down');
    expect(health.book.availability(deploymentIn(before, 'openai/gpt-4o'), NOON).kind).toBe('open');
    expect(describeUnwell(health, [], NOON)).toEqual([
      { id: 'mine', target: 'box/m', state: 'down', reason: null, until: null },
    ]);
    health.changed(found(up), [before]);
    expect(health.book.availability(deploymentIn(tableWith(up), 'mine'), NOON).kind).toBe('open');
    expect(describeUnwell(health, [], NOON)).toEqual([]);
  });

  it('nothing bad of one that answers and only lists no models', () => {
    const health = new DeploymentHealth(new HealthBook());
    const before = tableWith(down);
    health.changed(found(down), []);
    health.compiled(before);
    const silent = { ...down, problem: 'It lists no models.', mayAnswer: true };
    health.changed(found(silent), [before]);
    const table = tableWith(silent);
    health.compiled(table);
    expect(health.book.availability(deploymentIn(table, 'mine'), NOON).kind).toBe('open');
  });

  it('why they are down', () => {
    const health = new DeploymentHealth(new HealthBook());
    health.changed(found(down), []);
    health.compiled(tableWith(down));
    const servers = [{ ...down, problem: 'Nobody listens.' }];
    expect(describeUnwell(health, servers, NOON)).toMatchObject([{ id: 'mine', reason: 'Nobody listens.' }]);
  });

  it('also of names that nobody configured, once they were asked for', () => {
    const health = new DeploymentHealth(new HealthBook());
    health.changed(found(up), []);
    const table = tableWith(up);
    expect(groupOf(table, 'box/m')).not.toBeNull();
    health.changed(found(down), [table]);
    expect(health.book.stateOf('box/m').isDown).toBe(true);
  });

  it('nothing, where probes are off', () => {
    const health = new DeploymentHealth(new HealthBook());
    health.changed(found(down, false), []);
    health.compiled(tableWith(down));
    expect(health.book.states().size).toBe(0);
  });
});

describe('what is known of a deployment', () => {
  const failure = { kind: 'rate_limit', message: 'answered 429', isUnreachable: false, retryAfterMs: 60_000 } as const;

  it('outlives the tables, and goes with its server', () => {
    const health = new DeploymentHealth(new HealthBook());
    health.changed(found(up), []);
    const table = tableWith(up);
    health.compiled(table);
    for (const id of ['mine', 'openai/gpt-4o']) {
      const call = health.book.began(deploymentIn(table, id), 0, NOON);
      health.book.failed(call, failure, { policy: DEFAULT_RESILIENCE.cooldown, others: 1 }, NOON);
    }
    health.changed(found(up), [table]);
    const until = new Date(NOON + 60_000).toISOString();
    expect(describeUnwell(health, [], NOON)).toEqual([
      { id: 'mine', target: 'box/m', state: 'cooled', reason: 'answered 429', until },
      { id: 'openai/gpt-4o', target: 'openai/gpt-4o', state: 'cooled', reason: 'answered 429', until },
    ]);
    expect(describeUnwell(health, [], NOON + 60_000).map(({ state }) => state)).toEqual(['trial', 'trial']);
    health.changed(found(null), []);
    expect(describeUnwell(health, [], NOON).map(({ id }) => id)).toEqual(['openai/gpt-4o']);
  });
});
