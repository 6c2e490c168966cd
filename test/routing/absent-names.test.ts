import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { plainGroup, USUAL_RESILIENCE } from '../../src/canonical/model-group.ts';
import type { ModelGroup } from '../../src/canonical/model-group.ts';
import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import { PLAIN_FACTS } from '../../src/routing/auto-rules.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { groupOf, planRoute } from '../../src/routing/plan.ts';
import { NO_WISHES } from '../../src/routing/progress.ts';
import type { RoutePlan, RouteTable } from '../../src/routing/route-table.ts';
import { firstStep } from '../../src/routing/steps.ts';
import { askedFor } from '../helpers/groups.ts';
import { cloudEndpoint, modelServer, routedProvider, routeTable } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';

const servers = [modelServer('box', ['tiny'])];
const providers = [
  routedProvider(cloudEndpoint('openai'), ['gpt-4o']),
  routedProvider(cloudEndpoint('mistral'), ['small'], false),
];

function table(models: readonly ModelGroup[], parts: TableParts = {}): RouteTable {
  return routeTable({ servers, providers, knownLocalIds: new Set(['gone']), models, ...parts });
}

function named(name: string, targets: readonly string[], ...general: string[]): ModelGroup {
  const resilience = { ...USUAL_RESILIENCE, fallbacks: { ...USUAL_RESILIENCE.fallbacks, general } };
  return { ...plainGroup(name, targets), resilience };
}

function planOf(routes: RouteTable, name: string): RoutePlan {
  return planRoute(routes, name, () => PLAIN_CHAT, PLAIN_FACTS);
}

/** The name of the target that is asked first, or the code of the error. */
function askedFirst(routes: RouteTable, name: string, wishes = NO_WISHES): string {
  try {
    const { group } = planOf(routes, name);
    const step = firstStep(group, new HealthBook(), askedFor(), (other) => groupOf(routes, other), wishes);
    if (step.kind !== 'attempt') return step.kind === 'give_up' ? step.error.code : step.kind;
    return `${step.deployment.target.name}${step.fallback === null ? '' : ` by ${step.fallback.name}`}`;
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

describe('a name that has nobody now', () => {
  it.each<[string, readonly ModelGroup[], TableParts, string]>([
    ['whose server is off', [named('chat', ['gone'], 'gpt-4o')], {}, 'openai/gpt-4o by gpt-4o'],
    ['without a credential', [named('chat', ['mistral/small'], 'gpt-4o')], {}, 'openai/gpt-4o by gpt-4o'],
    ['beyond the wall', [named('chat', ['gpt-4o'], 'tiny')], { allow: 'local' }, 'box/tiny by tiny'],
    ['whose first fallback has nobody', [named('chat', ['gone'], 'mistral/small', 'tiny')], {}, 'box/tiny by tiny'],
    [
      'whose fallback has only a fallback itself',
      [named('chat', ['gone'], 'next'), named('next', ['mistral/small'], 'tiny')],
      {},
      'box/tiny by tiny',
    ],
    ['whose fallback is beyond the wall', [named('chat', ['gone'], 'gpt-4o')], { allow: 'local' }, 'model_not_found'],
    ['that falls back in a circle', [named('a', ['gone'], 'b'), named('b', ['gone'], 'a')], {}, 'model_not_found'],
    ['without fallbacks', [named('chat', ['gone'])], {}, 'model_not_found'],
  ])('%s', (_, models, parts, expected) => {
    const routes = table(models, parts);
    expect(askedFirst(routes, models[0]?.name ?? '')).toBe(expected);
    // Once more, out of the table's memory.
    expect(askedFirst(routes, models[0]?.name ?? '')).toBe(expected);
  });

  it('says who answers in its place', () => {
    const { targets, note, standsInFor } = planOf(table([named('chat', ['gone'], 'tiny')]), 'chat');
    expect(targets.map(({ name }) => name)).toEqual(['box/tiny']);
    expect(note).toBe('default: chat -> box/tiny (fallback tiny)');
    expect(standsInFor).toBeNull();
  });

  it('is refused for its own reason where a request wants no fallbacks', () => {
    const routes = table([named('chat', ['gpt-4o'], 'tiny')], { allow: 'local' });
    expect(askedFirst(routes, 'chat', { ...NO_WISHES, disableFallbacks: true })).toBe('profile_wall');
  });

  it('falls back by the list of all names if the config knows it, and not if somebody mistyped it', () => {
    const none = { contextWindow: new Map(), contentPolicy: new Map() };
    const forAll = { routing: { fallbacks: { ...none, general: new Map([['*', ['tiny']]]) } } };
    const plain = { ...plainGroup('chat', ['mistral/small']) };
    expect(askedFirst(table([plain], forAll), 'chat')).toBe('box/tiny by tiny');
    expect(askedFirst(table([plain], forAll), 'chta')).toBe('model_not_found');
    const forOne = { routing: { fallbacks: { ...none, general: new Map([['mistral/small', ['tiny']]]) } } };
    expect(askedFirst(table([], forOne), 'mistral/small')).toBe('box/tiny by tiny');
  });
});
