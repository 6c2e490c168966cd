import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import { UNKNOWN_FACTS } from '../../src/canonical/model.ts';
import { settingsOf } from '../../src/config/load.ts';
import { readTextFile } from '../../src/config/read-file.ts';
import type { Settings } from '../../src/config/settings.ts';
import { NOTHING_STORED } from '../../src/credentials/stored-credentials.ts';
import { InForce } from '../../src/daemon/in-force.ts';
import { makerLookup, routedProviders } from '../../src/daemon/routed-providers.ts';
import { loadPriceBook } from '../../src/pricing/load-price-book.ts';
import { explainRoute } from '../../src/routing/explain.ts';
import { PLAIN_FACTS } from '../../src/routing/auto-rules.ts';
import type { RouteTable } from '../../src/routing/route-table.ts';
import { modelServer, routeTable } from '../helpers/routes.ts';
import { sharedFolder } from '../helpers/shared-folder.ts';

/** Files as people run them, which are not a part of the project. */
const FOLDER = sharedFolder('wild-configs');
const files = FOLDER === null ? [] : readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const prices = await loadPriceBook();

/** What their machines have, and the files do not name. */
const AROUND = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-of-the-machine',
  AWS_REGION: 'us-east-1',
  MISTRAL_API_KEY: 'key-of-the-machine',
};

function settingsIn(file: string): { settings: Settings; env: Record<string, string> } {
  const main = readTextFile(join(FOLDER ?? '', file));
  const names = [...new Set(Array.from(main.text.matchAll(/os\.environ\/(\w+)/g), ([, name]) => name ?? ''))];
  const env = { ...AROUND, ...Object.fromEntries(names.map((name) => [name, valueOf(name)])) };
  return { settings: settingsOf(main, env).settings, env };
}

/** What a variable is named for decides what it must look like. */
function valueOf(name: string): string {
  if (/REGION/.test(name)) return 'eu-west-1';
  if (/URL|BASE|ENDPOINT/.test(name)) return `https://${name.toLowerCase().replaceAll('_', '-')}.example/v1`;
  return `value-of-${name.toLowerCase()}`;
}

/** As with nobody answering: servers of the config are in it all the same. */
function tableOf(settings: Settings, env: Record<string, string>): RouteTable {
  const inForce = new InForce({ settings, stored: NOTHING_STORED, env, ownPort: 4000 });
  const profile = settings.profiles.find(({ name }) => name === 'prod');
  if (profile === undefined) throw new Error('there is no profile prod');
  return routeTable({
    profile: profile.name,
    models: settings.models,
    routing: settings.routing,
    servers: inForce.plan.servers.map(({ name, baseUrl }) =>
      modelServer(name, [], { origin: new URL(baseUrl).origin, state: 'down', fromConfig: true }),
    ),
    providers: routedProviders({
      found: inForce.providersOf(profile),
      configured: settings.providers,
      keyNames: new Map(),
      modelsOf: () => [],
      listedFacts: () => UNKNOWN_FACTS,
      prices: () => prices,
      command: 'llmgw',
    }),
    makerOf: makerLookup(() => prices),
  });
}

describe.runIf(FOLDER !== null)("LiteLLM's files as people run them", () => {
  it.each(files)(
    '%s: each deployment of each name is in the table, or lacks a key that the file does not name',
    (file) => {
      const { settings, env } = settingsIn(file);
      const table = tableOf(settings, env);
      const lost = settings.models.flatMap(({ name, deployments }) => {
        const decision = explainRoute(table, name.replaceAll('*', 'm'), PLAIN_CHAT, PLAIN_FACTS);
        const planned = decision.kind === 'planned' ? decision.plan.group.deployments : [];
        const lacking = decision.passedOver.filter(({ why }) => why === 'no usable credential');
        const kept = planned.length + lacking.length;
        return kept >= deployments.length ? [] : [`${name}: ${kept} of ${deployments.length}`];
      });
      expect(lost).toEqual([]);
    },
  );
});
