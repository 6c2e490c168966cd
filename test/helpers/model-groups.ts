import type { DeploymentTerms } from '../../src/canonical/deployment.ts';
import { plainDeployment, plainGroup, USUAL_RESILIENCE } from '../../src/canonical/model-group.ts';
import type { ConfiguredDeployment, GroupResilience, ModelGroup } from '../../src/canonical/model-group.ts';

type DeploymentOf = Partial<DeploymentTerms> & Pick<Partial<ConfiguredDeployment>, 'limits' | 'capabilities' | 'mock'>;

/** A deployment as a config has it; its id is its target's name. */
export function configured(target: string, more: DeploymentOf = {}): ConfiguredDeployment {
  const { limits, capabilities, mock, ...terms } = more;
  const plain = plainDeployment(target, 1);
  return {
    ...plain,
    id: target,
    terms: { ...plain.terms, ...terms },
    limits: limits ?? plain.limits,
    capabilities: capabilities ?? plain.capabilities,
    mock: mock ?? plain.mock,
  };
}

interface GroupParts extends Partial<Omit<ModelGroup, 'name' | 'deployments' | 'resilience'>> {
  readonly resilience?: Partial<GroupResilience>;
}

/** A group of the config: its deployments are asked in their order. */
export function modelGroup(
  name: string,
  deployments: readonly ConfiguredDeployment[],
  { resilience, ...more }: GroupParts = {},
): ModelGroup {
  return { ...plainGroup(name, []), deployments, ...more, resilience: { ...USUAL_RESILIENCE, ...resilience } };
}
