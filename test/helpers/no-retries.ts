import type { RoutingDefaults } from '../../src/canonical/routing-defaults.ts';

/** Nothing is sent again to whom it was sent before. */
export const NO_RETRIES: Pick<RoutingDefaults, 'retry'> = { retry: { retries: 0, byKind: {}, minWaitMs: 0 } };
