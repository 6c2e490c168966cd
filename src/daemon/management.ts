import { GatewayError } from '../canonical/errors.ts';
import { picoUsd } from '../canonical/money.ts';
import type { Caps } from '../limits/caps.ts';
import type { AdmissionRequest, Limits } from '../limits/limits.ts';
import type { Management } from '../server/server.ts';
import type { Control } from './control.ts';
import type { DeploymentHealth } from './deployment-health.ts';
import { describeDeployments } from './describe-deployments.ts';
import { describeProfiles } from './describe-profiles.ts';
import { describeRoute } from './describe-route.ts';
import type { RouteToDescribe } from './describe-route.ts';
import { describeServer } from './describe-server.ts';
import { describeModels } from './model-names.ts';
import type { Prices } from './prices.ts';
import type { Routing } from './routing.ts';
import type { ProfilesDocument, ScanDocument, StatusDocument } from './status.ts';

export interface ManagementOptions {
  readonly control: Control;
  readonly caps: Caps;
  readonly prices: Prices;
  readonly routing: Routing;
  readonly health: DeploymentHealth;
  readonly describe: () => StatusDocument;
  readonly reloadKeys: () => void;
  readonly onShutdown: () => void;
}

/** What the management API does, each in the documents that the command line prints. */
export function createManagement(options: ManagementOptions): Management {
  const { control, caps, prices, routing, health, describe, reloadKeys, onShutdown } = options;
  const tableOf = (profile: string | null) => routing.table(profile ?? control.active.chosen.name);
  const profiles = (): ProfilesDocument =>
    describeProfiles(control.settings, control.active.chosen, ({ name }) => {
      const standing = caps.status(name);
      return standing === null ? null : { spentPico: standing.spent, resetsAt: standing.resetsAt };
    });
  return {
    status: describe,
    models: (profile) => describeModels(tableOf(profile)),
    deployments: (profile) => describeDeployments(tableOf(profile), health.book, Date.now()),
    profiles,
    useProfile: (name) => {
      control.useProfile(name);
      return profiles();
    },
    route: ({ model, profile, query }) => {
      const table = tableOf(profile);
      const refusalOf: RouteToDescribe['refusalOf'] = (target, billing) =>
        refusalOfLimits(caps, { profile: table.profile, target, billing });
      return describeRoute({
        table,
        model,
        query,
        prices: prices.book,
        refusalOf,
        health: health.book,
        now: Date.now(),
      });
    },
    reloadCredentials: async () => {
      await control.reloadCredentials();
      return { reloaded: true };
    },
    reloadKeys: () => {
      reloadKeys();
      return { reloaded: true };
    },
    scan: async (): Promise<ScanDocument> => {
      const startedAtMs = performance.now();
      const servers = (await control.lookout?.scan()) ?? [];
      return { v: 1, took_ms: Math.round(performance.now() - startedAtMs), servers: servers.map(describeServer) };
    },
    shutdown: onShutdown,
  };
}

/** The shortest request that there is: what refuses it refuses every one. */
const SHORTEST = { body: Buffer.from('{}'), maxOutputTokens: 1, choiceCount: 1 };

/** Asks the limits as an attempt would, and gives back at once what they set aside. */
function refusalOfLimits(
  limits: Limits,
  attempt: Pick<AdmissionRequest, 'profile' | 'target' | 'billing'>,
): GatewayError | null {
  const at = Date.now();
  try {
    limits.admit({ ...SHORTEST, ...attempt, at }).settle(picoUsd(0), at);
    return null;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}
