import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextFor } from '../../../src/dialects/ollama/context.ts';

describe('the context that a model is loaded with', () => {
  it.each([
    [100, null, null, 8_192],
    [8_192, null, null, 8_192],
    [8_193, null, null, 16_384],
    [20_000, null, null, 32_768],
    [20_000, 131_072, null, 32_768],
    [100_000, 40_960, null, 40_960],
    [100, 2_048, null, 2_048],
    // What is loaded is enough: it is not loaded again.
    [100, 131_072, 4_096, 4_096],
    [4_096, null, 4_096, 4_096],
    [4_097, null, 4_096, 8_192],
    [100, 131_072, 65_536, 65_536],
    [70_000, 131_072, 65_536, 131_072],
    // Never below what is loaded, even where the limit is.
    [70_000, 32_768, 65_536, 65_536],
    [50_000_000, null, null, 1_048_576],
    // What memory has room for is no step: the last one below it is, unless more is needed.
    [70_000, 130_090, null, 122_880],
    [122_880, 130_090, null, 122_880],
    [122_881, 130_090, null, 130_090],
    [500_000, 130_090, null, 130_090],
    [70_000, 130_090, 65_536, 122_880],
    [125_000, 130_090, 122_880, 130_090],
    [5_000, 4_096, null, 4_096],
  ])('is for %i tokens, of at most %s, with %s loaded: %i', (needed, modelMax, loaded, context) => {
    expect(contextFor(needed, { modelMax, loaded })).toBe(context);
  });

  it('is never less than what is loaded, and beyond that never more than the model has', () => {
    const size = fc.integer({ min: 1, max: 2_000_000 });
    fc.assert(
      fc.property(size, fc.option(size), fc.option(size), (needed, modelMax, loaded) => {
        const context = contextFor(needed, { modelMax, loaded });
        expect(context).toBeGreaterThanOrEqual(loaded ?? 0);
        if (modelMax !== null && context > (loaded ?? 0)) expect(context).toBeLessThanOrEqual(modelMax);
        if (modelMax === null && needed <= 1_048_576) expect(context).toBeGreaterThanOrEqual(needed);
      }),
    );
  });
});
