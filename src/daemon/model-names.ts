import { PLAIN_FACTS } from '../routing/auto-rules.ts';
import { explainRoute } from '../routing/explain.ts';
import { factsOfOwnName } from '../routing/facts-of-own-name.ts';
import { canAnswer } from '../routing/plan.ts';
import { factsOfServed, isOwnName, knownNames, servedUnder } from '../routing/known-names.ts';
import { targetsOfGroup } from '../routing/name-book.ts';
import { statedMeaning } from '../routing/resolve.ts';
import { UNKNOWN_FACTS } from '../canonical/model.ts';
import type { ModelFacts } from '../canonical/model.ts';
import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import { DEMO_MODEL, DEMO_PROVIDER } from '../routing/route-table.ts';
import type { RouteTable } from '../routing/route-table.ts';
import type { ModelName, ModelsDocument } from './status.ts';

/** Every name that a request can carry in the table's profile, and who answers it. */
export function describeModels(table: RouteTable): ModelsDocument {
  return { v: 1, profile: table.profile, models: knownNames(table).map((name) => describeName(table, name)) };
}

function describeName(table: RouteTable, name: string): ModelName {
  const served = servedUnder(table, name)?.model ?? null;
  const facts = served === null ? cloudFactsOf(table, name) : factsOfServed(served);
  const group = isOwnName(table, name) ? 'alias' : (served?.locality ?? groupWithoutServer(name));
  return {
    name,
    group,
    // There may be thousands of cloud names, and each is its own target.
    targets: group === 'cloud' && served === null ? [name] : targetsOf(table, name),
    capabilities: facts.capabilities,
    context_length: facts.contextLength,
    loaded: served?.loaded ?? null,
  };
}

/** Of `provider/id`, or of a name of the user's own. */
function cloudFactsOf(table: RouteTable, name: string): ModelFacts {
  const slash = name.indexOf('/');
  if (isOwnName(table, name)) return canAnswer(table, name) ? factsOfOwnName(table, name) : UNKNOWN_FACTS;
  if (slash < 0) return UNKNOWN_FACTS;
  return table.providers.get(name.slice(0, slash))?.factsOf(name.slice(slash + 1)) ?? UNKNOWN_FACTS;
}

function groupWithoutServer(name: string): ModelName['group'] {
  return name === `${DEMO_PROVIDER}/${DEMO_MODEL}` ? 'demo' : 'cloud';
}

/** A name of the user's own may stand for nothing that can be reached now: then what is written there. */
function targetsOf(table: RouteTable, name: string): readonly string[] {
  const decision = explainRoute(table, name, PLAIN_CHAT, PLAIN_FACTS);
  if (decision.kind === 'planned') return decision.plan.targets.map((target) => target.name);
  const stated = statedMeaning(table, name);
  return stated === null ? [] : targetsOfGroup(stated.group);
}
