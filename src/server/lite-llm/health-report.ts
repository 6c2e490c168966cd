import type { NamedDeployment } from '../../routing/named-deployments.ts';
import { healthOf } from '../../routing/told-health.ts';
import type { HealthSurroundings, ToldHealth } from '../../routing/told-health.ts';
import { apiBaseOf, liteLlmModel, withoutSecrets } from './told-deployments.ts';
import type { LiteLlmWords } from './told-deployments.ts';

/** The answer of LiteLLM's `GET /health`. */
export interface HealthReport {
  readonly healthy_endpoints: readonly EndpointHealth[];
  readonly unhealthy_endpoints: readonly EndpointHealth[];
  readonly healthy_count: number;
  readonly unhealthy_count: number;
}

interface EndpointHealth {
  readonly model: string;
  readonly model_name: string;
  readonly model_id: string;
  readonly api_base: string | null;
  /** Of ours. */
  readonly state: ToldHealth['state'];
  /** Why it is not healthy. */
  readonly error?: string;
  /** When it is asked again, ISO 8601. */
  readonly cooldown_until?: string;
}

/** Those whose last word was good are healthy; one that waits to be tried again is not. */
export function healthReport(
  named: readonly NamedDeployment[],
  around: HealthSurroundings & { readonly words: LiteLlmWords },
): HealthReport {
  const all = named.map((one) => endpointHealth(one, healthOf(one, around), around.words));
  const healthy = all.filter(({ state }) => state === 'open');
  const unhealthy = all.filter(({ state }) => state !== 'open');
  return {
    healthy_endpoints: healthy,
    unhealthy_endpoints: unhealthy,
    healthy_count: healthy.length,
    unhealthy_count: unhealthy.length,
  };
}

function endpointHealth(
  named: NamedDeployment,
  { state, reason, untilMs }: ToldHealth,
  words: LiteLlmWords,
): EndpointHealth {
  return {
    model: liteLlmModel(named, words),
    model_name: named.name,
    model_id: named.deployment.id,
    api_base: apiBaseOf(named),
    state,
    ...(reason === null ? {} : { error: withoutSecrets(reason, named) }),
    ...(untilMs === null ? {} : { cooldown_until: new Date(untilMs).toISOString() }),
  };
}
