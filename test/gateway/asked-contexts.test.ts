import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/canonical/target.ts';
import { loadedContextOf, rememberContext } from '../../src/gateway/asked-contexts.ts';
import { cloudEndpoint, networkTarget } from '../helpers/routes.ts';

function targetOn(server: string, loadedContextTokens: number | null = null): Target {
  const target = networkTarget(cloudEndpoint('ollama', { apiBase: `http://${server}:11434` }));
  return { ...target, limits: { ...target.limits, loadedContextTokens } };
}

describe('the context that a model is loaded with', () => {
  it('is what it was just asked to be loaded with, until its server has surely been looked at again', () => {
    expect(loadedContextOf(targetOn('one'), 0)).toBeNull();
    rememberContext(targetOn('one'), 32_768, 1_000);
    expect(loadedContextOf(targetOn('one'), 2_000)).toBe(32_768);
    expect(loadedContextOf(targetOn('one'), 32_000)).toBeNull();
  });

  it.each([
    [8_192, 65_536],
    [131_072, 131_072],
  ])('is the larger one of what was asked for (%i) and what was seen', (tokens, larger) => {
    rememberContext(targetOn('two'), tokens, 0);
    expect(loadedContextOf(targetOn('two', 65_536), 1)).toBe(larger);
  });

  it('is of one model on one server', () => {
    rememberContext(targetOn('three'), 32_768, 0);
    expect(loadedContextOf({ ...targetOn('three'), model: 'other' }, 1)).toBeNull();
    expect(loadedContextOf(targetOn('four'), 1)).toBeNull();
  });
});
