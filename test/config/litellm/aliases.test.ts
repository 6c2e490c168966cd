import { describe, expect, it } from 'vitest';
import { importText } from '../../../src/config/litellm/import-text.ts';
import { parseSettings } from '../../../src/config/parse.ts';
import { knownNames } from '../../../src/routing/known-names.ts';
import { groupOf } from '../../../src/routing/plan.ts';
import { cloudEndpoint, routedProvider, routeTable } from '../../helpers/routes.ts';
import { readText } from './reading.ts';

const FILE = `
model_list:
  - {model_name: chat, litellm_params: {model: openai/gpt-4o}}
  - {model_name: other, litellm_params: {model: openai/gpt-4o-mini}}
router_settings:
  model_group_alias: {gpt-4: chat, hid: {model: chat, hidden: true}, "my chat": chat}
  model_group_retry_policy: {chat: {TimeoutErrorRetries: 4}}
  fallbacks: [{chat: [other]}]
  context_window_fallbacks: [{chat: [other]}]
  content_policy_fallbacks: [{chat: [other]}]
`;

describe('an alias of a group', () => {
  const { settings } = parseSettings({ file: 'f', text: importText(readText(FILE)), readableByOthers: false }, {});
  const { models, routing } = settings;
  const providers = [routedProvider(cloudEndpoint('openai'), ['gpt-4o', 'gpt-4o-mini'])];
  const table = routeTable({ models, routing, providers });

  it.each(['gpt-4', 'hid', 'my chat'])('%s has the fallbacks and retries of the group', (alias) => {
    const [chat, other] = ['chat', alias].map((name) => groupOf(table, name));
    expect(chat?.resilience).toMatchObject({
      retry: { byKind: { timeout: 4 } },
      fallbacks: { general: ['other'], contextWindow: ['other'], contentPolicy: ['other'] },
    });
    expect(other?.resilience).toEqual(chat?.resilience);
    expect(other?.strategy).toBe(chat?.strategy);
  });

  it('that is hidden is not listed', () => {
    expect(knownNames(table)).toEqual(expect.arrayContaining(['chat', 'gpt-4']));
    expect(knownNames(table)).not.toContain('hid');
  });
});
