import { expect, it } from 'vitest';
import { factsOfOwnName } from '../../src/routing/facts-of-own-name.ts';
import { cloudEndpoint, routedProvider, routeTable } from '../helpers/routes.ts';

it('a name that means several models has the context that fits each of them', () => {
  const provider = routedProvider(cloudEndpoint('openai'), ['large', 'small', 'unknown'], true, {
    large: { contextLength: 200_000, maxOutputTokens: 8_000, capabilities: ['chat', 'tools'] },
    small: { contextLength: 128_000, maxOutputTokens: 16_000 },
  });
  const targets = ['openai/large', 'openai/small', 'openai/unknown'];
  const table = routeTable({ providers: [provider], models: [{ name: 'multi', targets }] });
  expect(factsOfOwnName(table, 'multi')).toMatchObject({
    contextLength: 128_000,
    maxOutputTokens: 8_000,
    capabilities: ['chat', 'tools'],
  });
});
