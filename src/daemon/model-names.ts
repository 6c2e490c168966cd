import { GatewayError } from '../canonical/errors.ts';
import { knownNames, planRoute } from '../routing/plan.ts';
import { DEMO_MODEL, DEMO_PROVIDER } from '../routing/route-table.ts';
import type { RouteTable } from '../routing/route-table.ts';
import type { ModelName, ModelsDocument } from './status.ts';

/** Every name that a request can carry, and who answers it. */
export function describeModels(table: RouteTable): ModelsDocument {
  return { v: 1, profile: table.profile, models: knownNames(table).map((name) => describeName(table, name)) };
}

function describeName(table: RouteTable, name: string): ModelName {
  const group = groupOf(table, name);
  const served = table.localModels.get(name)?.[0]?.model;
  return {
    name,
    group,
    // There may be thousands of cloud names, and each is its own target.
    targets: group === 'cloud' && served === undefined ? [name] : targetsOf(table, name),
    capabilities: served?.capabilities ?? null,
    context_length: served?.contextLength ?? null,
    loaded: served?.loaded ?? null,
  };
}

function groupOf(table: RouteTable, name: string): ModelName['group'] {
  if (table.aliases.has(name) || table.models.has(name)) return 'alias';
  const served = table.localModels.get(name)?.[0];
  if (served !== undefined) return served.model.locality;
  return name === `${DEMO_PROVIDER}/${DEMO_MODEL}` ? 'demo' : 'cloud';
}

/** A name of the user's own may stand for nothing that can be reached now. */
function targetsOf(table: RouteTable, name: string): readonly string[] {
  try {
    return planRoute(table, name).map((target) => target.name);
  } catch (error) {
    if (error instanceof GatewayError) return [];
    throw error;
  }
}
