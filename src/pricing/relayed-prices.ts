import { picoUsd } from '../canonical/money.ts';
import { costOf } from './exact-rate.ts';
import type { PricedModel } from './price-data.ts';
import type { Price } from './price-book.ts';

/**
 * What so many seconds of sound cost on a model that is paid by their number alone (`whisper-1`). `null`: unpriced,
 * because the model is not known or is paid otherwise.
 */
export function priceOfAudio(model: PricedModel | null, seconds: number, atMs: number): Price | null {
  const rate = model?.pricesAt(atMs).audioMs ?? null;
  if (model === null || rate === null || !Number.isFinite(seconds) || seconds < 0) return null;
  const cost = costOf(rate, Math.round(seconds * 1000));
  return Number.isSafeInteger(cost) ? { costPico: picoUsd(cost), priceVersion: model.priceVersion } : null;
}
