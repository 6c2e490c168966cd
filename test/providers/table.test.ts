import { findProvider as findPriceData } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { SERVER_KINDS } from '../../src/canonical/model.ts';
import { EFFORTS } from '../../src/canonical/request.ts';
import { findProvider, PROVIDERS } from '../../src/providers/table.ts';
import { providerFromConfig } from '../../src/providers/provider-from-config.ts';

const HEADER_NAME = /^[a-z0-9-]+$/;
const VARIABLE_NAME = /^[A-Z][A-Z0-9_]*$/;

describe.each(PROVIDERS.map((provider) => [provider.id, provider] as const))('the row %s', (id, provider) => {
  it('is found by its id, which is a short name that can stand before a slash', () => {
    expect(findProvider(id)).toBe(provider);
    expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
  });

  it('has an https address without a trailing slash, whose gaps are environment variables inside one part', () => {
    const filled = provider.apiBase.replace(/\{([A-Z0-9_|]+)\}/g, 'gap');
    const url = new URL(filled);
    expect(url.protocol).toBe('https:');
    expect(url.search + url.hash + url.username).toBe('');
    expect(filled).not.toMatch(/[/{}]$/);
    expect(filled).not.toContain('{');
    for (const [, names = ''] of provider.apiBase.matchAll(/\{([^}]+)\}/g)) {
      for (const name of names.split('|')) expect(name).toMatch(VARIABLE_NAME);
    }
  });

  it('lists models on its own host only', () => {
    const path = provider.modelListing?.path;
    if (path === undefined || path.startsWith('/')) return;
    expect(new URL(path).origin).toBe(new URL(provider.apiBase).origin);
  });

  it('has further dialects on its own host only, each its own but the first, with a key in some header', () => {
    const filled = provider.apiBase.replace(/\{([A-Z0-9_|]+)\}/g, 'gap');
    for (const address of provider.alsoSpeaks) {
      const { apiBase, dialect, credentialHeader, extraHeaders = {} } = address;
      expect(apiBase).toMatch(/^(?:(?:\/[\w-]+)+)?$/);
      expect(new URL(apiBase, filled).origin).toBe(new URL(filled).origin);
      expect(dialect).not.toBe(provider.dialect);
      if (credentialHeader?.kind === 'header') expect(credentialHeader.name).toMatch(HEADER_NAME);
      for (const header of Object.keys(extraHeaders)) expect(header).toMatch(HEADER_NAME);
      // A pattern with a memory would answer every other time.
      for (const pattern of [address.models, address.onlyPlaceOf]) expect(pattern?.flags ?? '').toBe('');
    }
    const dialects = provider.alsoSpeaks.map(({ dialect }) => dialect);
    expect(new Set(dialects).size).toBe(dialects.length);
  });

  it('says which version of Anthropic it wants wherever it speaks that dialect', () => {
    for (const { dialect, extraHeaders } of provider.alsoSpeaks) {
      if (dialect === 'anthropic-messages') expect(extraHeaders).toHaveProperty('anthropic-version');
    }
  });

  it('refuses fields by their names on the wire, and efforts in their order', () => {
    const { refuses, efforts, thinkers } = provider.quirks;
    for (const field of refuses) expect(field).toMatch(/^[a-z_]+$/);
    expect(new Set(refuses).size).toBe(refuses.length);
    const places = (efforts ?? []).map((effort) => EFFORTS.findIndex((known) => known === effort));
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(places).not.toContain(-1);
    expect(thinkers?.flags ?? '').toBe('');
  });

  it('says which models it has, one way or the other, unless they are named by the account', () => {
    const isAccount = provider.apiBase.includes('{');
    expect(provider.modelListing !== null || provider.knownModels.length > 0 || isAccount).toBe(true);
  });

  it('has well-formed variable and header names', () => {
    expect(provider.keyVariables.length > 0 || provider.signIn !== null).toBe(true);
    const variables = [
      ...provider.keyVariables,
      ...provider.baseVariables.map((variable) => variable.name),
      ...Object.values(provider.headerVariables).flat(),
    ];
    for (const variable of variables) expect(variable).toMatch(VARIABLE_NAME);
    const headers = [
      ...Object.keys(provider.extraHeaders),
      ...Object.keys(provider.headerVariables),
      ...Object.keys(provider.modelListing?.headers ?? {}),
    ];
    for (const header of headers) expect(header).toMatch(HEADER_NAME);
    for (const { path } of provider.baseVariables) expect(path).toMatch(/^(?:\/[\w-]+)*$/);
  });

  it('is in the price data under the id that it names', () => {
    if (provider.priceProvider === null) return;
    expect(findPriceData({ providerId: provider.priceProvider })?.id).toBe(provider.priceProvider);
  });
});

describe('the provider table', () => {
  it('has every id once, none of them the name of a kind of server or a word of ours', () => {
    const ids = PROVIDERS.map((provider) => provider.id);
    expect(new Set(ids).size).toBe(ids.length);
    const taken: readonly string[] = [...SERVER_KINDS, 'demo', 'llmgw'];
    expect(ids.filter((id) => taken.includes(id))).toEqual([]);
  });

  it('reads no variable for two providers, so that no key goes to two companies', () => {
    const variables = PROVIDERS.flatMap((provider) => provider.keyVariables);
    expect(variables.filter((variable, index) => variables.indexOf(variable) !== index)).toEqual([]);
  });

  it('puts no two providers at one address', () => {
    const bases = PROVIDERS.map((provider) => provider.apiBase);
    expect(new Set(bases).size).toBe(bases.length);
  });

  it('knows nothing of a name that is not there', () => {
    expect(findProvider('constructor')).toBeNull();
    expect(findProvider('OpenAI')).toBeNull();
  });
});

describe('a provider that only the config knows', () => {
  it('speaks OpenAI chat, carries a bearer key and lists its models at /models', () => {
    const row = providerFromConfig({
      id: 'corp',
      type: null,
      dialect: null,
      baseUrl: 'https://llm.corp.example/v1',
      models: null,
    });
    expect(row).toMatchObject({
      id: 'corp',
      dialect: 'openai-chat',
      apiBase: 'https://llm.corp.example/v1',
      credentialHeader: { kind: 'bearer' },
      keyVariables: [],
      modelListing: { path: '/models', shape: 'openai' },
      priceProvider: null,
    });
  });
});
