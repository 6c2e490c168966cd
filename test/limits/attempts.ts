import { UNKNOWN_LIMITS } from '../../src/canonical/target.ts';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import { GatewayError } from '../../src/canonical/errors.ts';
import { picoUsd } from '../../src/canonical/money.ts';
import type { Cap, CapPeriod } from '../../src/canonical/profile.ts';
import type { Target } from '../../src/canonical/target.ts';
import type { AdmissionRequest } from '../../src/limits/limits.ts';
import type { PriceBook } from '../../src/pricing/price-book.ts';

/** A dollar, in pico-dollars. */
export const DOLLAR = 1_000_000_000_000n;

/** A dollar for a million tokens of `acme`, in or out: so that `maxOutputTokens` says what an attempt may cost. */
export const PLAIN_PRICES: PriceBook = {
  priceOf: ({ inputTokens, outputTokens }, provider) => {
    if (inputTokens === null || outputTokens === null || provider !== 'acme') return null;
    return { costPico: picoUsd((inputTokens + outputTokens) * 1_000_000), priceVersion: 'test' };
  },
  priceOfAudio: () => null,
  providerOf: () => null,
  contextLength: () => null,
};

export function targetOf(locality: Target['locality'], priceProvider: string | null = 'acme'): Target {
  return {
    name: locality === 'local' ? 'ollama/qwen3:8b' : 'acme/large',
    model: 'large',
    via: {
      kind: 'network',
      endpoint: {
        provider: 'acme',
        dialect: 'openai-chat',
        apiBase: 'https://api.acme.example/v1',
        locality,
        credential: null,
        credentialHeader: { kind: 'bearer' },
        pathRule: null,
        signer: null,
        extraHeaders: {},
        alsoSpeaks: [],
        quirks: PLAIN_QUIRKS,
        priceProvider,
        insecureTls: false,
      },
    },
    locality,
    limits: UNKNOWN_LIMITS,
    capabilities: null,
    reason: 'a test',
  };
}

export function requestOf(changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    profile: 'prod',
    target: targetOf('cloud'),
    billing: null,
    at: 0,
    body: new Uint8Array(0),
    maxOutputTokens: 0,
    choiceCount: 1,
    ...changes,
  };
}

export function capOf(dollars: number, period: CapPeriod = 'month'): Cap {
  return { amountPico: BigInt(Math.round(dollars * 1e6)) * 1_000_000n, period };
}

/** The refusal that `act` throws. */
export function refusalOf(act: () => unknown): GatewayError {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('it was let through');
}
