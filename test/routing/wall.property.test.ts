import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { Capability, ModelServer, ServedModel } from '../../src/canonical/model.ts';
import type { Allowed, NamedTargets, StandIn } from '../../src/canonical/profile.ts';
import type { RequestNeeds } from '../../src/canonical/request-needs.ts';
import { plainGroup } from '../../src/canonical/model-group.ts';
import type { ModelGroup } from '../../src/canonical/model-group.ts';
import type { Strategy } from '../../src/canonical/strategy.ts';
import type { Target } from '../../src/canonical/target.ts';
import { PLAIN_FACTS } from '../../src/routing/auto-rules.ts';
import { explainRoute } from '../../src/routing/explain.ts';
import { knownNames } from '../../src/routing/known-names.ts';
import { planRoute } from '../../src/routing/plan.ts';
import type { RouteTable } from '../../src/routing/route-table.ts';
import { cloudEndpoint, modelServer, routedProvider, routeTable, servedModel } from '../helpers/routes.ts';
import type { TableParts } from '../helpers/routes.ts';

type TableInput = TableParts & Required<Pick<TableParts, 'allow' | 'servers' | 'providers'>>;

/** Few enough that everything is named like something else. */
const IDS = ['a', 'b', 'gpt-4o', 'openai/gpt-4o', 'text-embedding-3', 'a:latest', 'x:cloud'];
const SERVERS = ['box', 'relay'];
const PROVIDERS = ['openai', 'groq'];
const NAMES = [
  ...IDS,
  ...[...SERVERS, ...PROVIDERS, 'llmgw', 'nobody'].flatMap((first) => IDS.map((id) => `${first}/${id}`)),
  ...['demo/echo', 'smart', 'gpt-unknown', '', '*', 'llmgw/box/a', 'claude-x'],
];
const PATTERNS = [...NAMES, 'gpt-*', '*', 'box/*', '*-embedding-*', 'openai/*'];

const name = fc.constantFrom(...NAMES);
const needs: fc.Arbitrary<RequestNeeds> = fc.record({
  task: fc.constantFrom('chat', 'completion', 'embedding'),
  tools: fc.boolean(),
  vision: fc.boolean(),
  contextTokens: fc.constantFrom(0, 100, 5000),
  answerTokens: fc.constant(0),
});
const model: fc.Arbitrary<ServedModel> = fc
  .record({
    id: fc.constantFrom(...IDS),
    locality: fc.constantFrom('local', 'cloud'),
    capabilities: fc.option(
      fc.uniqueArray(fc.constantFrom<Capability>('chat', 'completion', 'embedding', 'tools'), { minLength: 1 }),
    ),
    contextLength: fc.constantFrom(null, 64, 4096),
    loaded: fc.constantFrom(null, true, false),
  })
  .map(({ id, ...more }) => servedModel(id, more));
const server: fc.Arbitrary<ModelServer> = fc
  .record({
    name: fc.constantFrom(...SERVERS),
    models: fc.uniqueArray(model, { selector: ({ id }) => id, maxLength: 4 }),
    state: fc.constantFrom('ready', 'ready', 'locked', 'down'),
    locality: fc.constantFrom('local', 'cloud'),
    fromConfig: fc.boolean(),
  })
  .map(({ name: serverName, models, ...more }) => modelServer(serverName, models, more));
const named: fc.Arbitrary<NamedTargets[]> = fc.array(
  fc.record({
    name: fc.constantFrom('smart', ...PATTERNS),
    targets: fc.array(fc.constantFrom(...PATTERNS), { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 3 },
);
/** Groups with more to say: shares, tags, answers of their own, rules. */
const groups: fc.Arbitrary<ModelGroup[]> = fc.array(
  fc
    .record({
      name: fc.constantFrom('smart', 'auto', 'openai/*', ...NAMES),
      targets: fc.array(fc.constantFrom(...PATTERNS, 'auto'), { minLength: 1, maxLength: 3 }),
      weight: fc.constantFrom(null, 3),
      mock: fc.constantFrom(null, null, 'hello'),
      strategy: fc.constantFrom<Strategy | null>(null, 'latency', 'in-order'),
      hasRules: fc.boolean(),
    })
    .map(({ name: groupName, targets, weight, mock, strategy, hasRules }): ModelGroup => {
      const plain = plainGroup(groupName, targets);
      if (hasRules) return { ...plain, deployments: [], rules: targets.map((use) => ({ when: null, use })) };
      const deployments = plain.deployments.map((one) => ({ ...one, mock, terms: { ...one.terms, weight, order: 1 } }));
      return { ...plain, strategy, deployments };
    }),
  { maxLength: 2 },
);
const provider = fc.record({
  id: fc.constantFrom(...PROVIDERS),
  models: fc.uniqueArray(fc.constantFrom(...IDS), { maxLength: 3 }),
  usable: fc.boolean(),
});
const standIn: fc.Arbitrary<StandIn> = fc.oneof(
  fc.constant<StandIn>({ kind: 'auto' }),
  fc.constant<StandIn>({ kind: 'none' }),
  name.map((target): StandIn => ({ kind: 'target', target })),
);
const input: fc.Arbitrary<TableInput> = fc.record({
  profile: fc.constant('p'),
  allow: fc.constantFrom<Allowed>('local', 'cloud', 'any'),
  standIn,
  aliases: named,
  models: fc.tuple(named, groups).map(([lists, more]) => [...lists, ...more]),
  servers: fc.uniqueArray(server, { selector: (one) => one.name, maxLength: 2 }),
  providers: fc
    .uniqueArray(provider, { selector: ({ id }) => id, maxLength: 2 })
    .map((all) => all.map(({ id, models, usable }) => routedProvider(cloudEndpoint(id), models, usable))),
  demo: fc.boolean(),
  knownLocalIds: fc.uniqueArray(fc.constantFrom(...IDS), { maxLength: 2 }).map((ids) => new Set(ids)),
  makerOf: fc.constant((id: string) => (id.startsWith('gpt-') ? 'openai' : id.startsWith('text-') ? 'groq' : null)),
  memory: fc.constant({ totalBytes: 2 ** 40, isShared: false }),
  routing: fc
    .dictionary(fc.constantFrom('smart', ...PATTERNS), fc.array(name, { maxLength: 2 }), { maxKeys: 3 })
    .map((general) => ({
      fallbacks: { general: new Map(Object.entries(general)), contextWindow: new Map(), contentPolicy: new Map() },
    })),
});
const asked = fc.record({ name, needs });

/** What a plan comes to, as data. */
function outcome(table: RouteTable, wanted: string, wantedNeeds: RequestNeeds): unknown {
  try {
    const { targets, note, standsInFor } = planRoute(table, wanted, () => wantedNeeds, PLAIN_FACTS);
    return { targets: targets.map((target) => [target.name, target.reason]), note, standsInFor };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { code: error.code, message: error.message, hint: error.hint };
  }
}

function byName(one: Target, other: Target): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}

/** Only a server that is known to be elsewhere may be behind a wall and say nothing. */
function mayBeSilent(allow: Allowed, locality: Target['locality']): boolean {
  return allow === 'any' || locality === 'cloud';
}

describe('for any table, name and request', () => {
  it('no plan crosses the wall, holds what a server that does not answer may be, or a target twice', () => {
    fc.assert(
      fc.property(input, asked, (given, { name: wanted, needs: wantedNeeds }) => {
        const decision = explainRoute(routeTable(given), wanted, wantedNeeds, PLAIN_FACTS);
        if (decision.kind === 'refused') return;
        const { targets, note } = decision.plan;
        expect(targets.length).toBeGreaterThan(0);
        const { deployments, absence } = decision.plan.group;
        // Where the name itself has nobody, the targets are those of a fallback.
        expect(deployments.length === 0).toBe(absence !== null);
        if (absence === null)
          expect(deployments.map(({ target }) => target).toSorted(byName)).toEqual([...targets].sort(byName));
        expect(new Set(deployments.map(({ id }) => id)).size).toBe(deployments.length);
        // Only what more is said of may be in it twice.
        const plainOnes = deployments.filter(({ terms, changes }) => terms.weight === null && changes === null);
        expect(new Set(plainOnes.map(({ target }) => target.name)).size).toBe(plainOnes.length);
        expect(note).toMatch(/^[\x20-\x7e]{1,200}$/);
        for (const target of targets) {
          if (target.via.kind === 'demo') continue;
          const { endpoint } = target.via;
          expect(endpoint.locality).toBe(target.locality);
          if (given.allow !== 'any') expect(target.locality).toBe(given.allow);
          // What the table itself was told of the place, whatever way led there.
          const box = given.servers.find((one) => one.name === endpoint.provider);
          const served = box?.models.find(({ id }) => id === target.model);
          if (box === undefined) expect(target.locality).toBe('cloud');
          else if (served !== undefined && box.state === 'ready') expect(served.locality).toBe(target.locality);
          // What it does not list is asked of it only where the config names both, and is as little known.
          else if (box.state === 'ready')
            expect([box.fromConfig, mayBeSilent(given.allow, box.locality)]).toEqual([true, true]);
          else expect([box.state, mayBeSilent(given.allow, box.locality)]).toEqual(['down', true]);
          if (endpoint.locality === 'cloud' && box === undefined) {
            expect(given.providers.find((one) => one.endpoint === endpoint)?.usable).toBe(true);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('a plan is what the explanation says, and nothing that was planned before changes it', () => {
    fc.assert(
      fc.property(input, fc.array(asked, { minLength: 2, maxLength: 8 }), (given, requests) => {
        const used = routeTable(given);
        for (const { name: wanted, needs: wantedNeeds } of [...requests, ...requests]) {
          const fresh = outcome(routeTable(given), wanted, wantedNeeds);
          expect(outcome(used, wanted, wantedNeeds)).toEqual(fresh);
          const decision = explainRoute(used, wanted, wantedNeeds, PLAIN_FACTS);
          if (decision.kind === 'refused') expect(fresh).toMatchObject({ message: decision.error.message });
          else expect(fresh).toMatchObject({ note: decision.plan.note, standsInFor: decision.plan.standsInFor });
          // Nobody is both taken and passed over.
          const taken = decision.kind === 'planned' ? decision.plan.targets.map((target) => target.name) : [];
          for (const { candidate } of decision.passedOver) expect(taken).not.toContain(candidate.target.name);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('embeddings are answered by the model that is asked for, or by what a name of one’s own says', () => {
    const embedding: RequestNeeds = {
      task: 'embedding',
      tools: false,
      vision: false,
      contextTokens: 0,
      answerTokens: 0,
    };
    fc.assert(
      fc.property(input, name, (given, wanted) => {
        const withStandIn = outcome(routeTable(given), wanted, embedding);
        const without = outcome(routeTable({ ...given, standIn: { kind: 'none' } }), wanted, embedding);
        if (typeof withStandIn === 'object' && withStandIn !== null && 'targets' in withStandIn) {
          expect(withStandIn).toEqual(without);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('what is listed can be used, or is a name of one’s own', () => {
    fc.assert(
      fc.property(input, (given) => {
        const table = routeTable({ ...given, aliases: [], models: [] });
        const chat: RequestNeeds = { task: 'chat', tools: false, vision: false, contextTokens: 0, answerTokens: 0 };
        for (const listed of knownNames(table)) expect(outcome(table, listed, chat)).toHaveProperty('targets');
      }),
      { numRuns: 1000 },
    );
  });
});
