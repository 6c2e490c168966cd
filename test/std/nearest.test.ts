import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/std/nearest.ts';

const KEYS = [
  'host',
  'port',
  'auth',
  'allowed_hosts',
  'allowed_origins',
  'max_request',
  'max_answer',
  'request_timeout',
];
const MODELS = ['openai/gpt-4o', 'openai/gpt-4o-mini', 'ollama/llama3.2:3b', 'gpu-box/qwen3:32b', 'fast'];

describe('nearest', () => {
  it.each([
    ['allowed_host', KEYS, 'allowed_hosts'],
    ['allowedHosts', KEYS, 'allowed_hosts'],
    ['allowed-origins', KEYS, 'allowed_origins'],
    ['PORT', KEYS, 'port'],
    ['prot', KEYS, 'port'],
    ['hots', KEYS, 'host'],
    ['timeout', KEYS, 'request_timeout'],
    ['gpt4o', MODELS, 'openai/gpt-4o'],
    ['GPT-4o-mini', MODELS, 'openai/gpt-4o-mini'],
    ['llama3.2', MODELS, 'ollama/llama3.2:3b'],
    ['openai/gpt-4o-mni', MODELS, 'openai/gpt-4o-mini'],
    ['ollama/llama3.2:3b-instruct', MODELS, 'ollama/llama3.2:3b'],
    ['dve', ['prod', 'dev'], 'dev'],
  ])('finds for %s what was meant', (name, candidates, meant) => {
    expect(nearest(name, candidates, 1)).toEqual([meant]);
  });

  it.each([
    ['xyz', KEYS],
    ['a', KEYS],
    ['', KEYS],
    ['claude-opus', MODELS],
    ['ho', ['xa']],
    ['h'.repeat(100_000), ['h'.repeat(99_999)]],
  ])('finds nothing near %.20s', (name, candidates) => {
    expect(nearest(name, candidates, 3)).toEqual([]);
  });

  it('puts fewer wrong letters first, and names of which it is a part last', () => {
    expect(nearest('gpt-4o', ['my-gpt-4o-proxy', 'gpt-4o-x', 'gpt-40', 'gpt-4o'], 9)).toEqual([
      'gpt-4o',
      'gpt-40',
      'gpt-4o-x',
      'my-gpt-4o-proxy',
    ]);
  });

  it('gives at most as many as asked for, each once, in the order of the candidates where equally near', () => {
    expect(nearest('ab1', ['ab2', 'ab3', 'ab2', 'ab4'], 2)).toEqual(['ab2', 'ab3']);
    expect(nearest('ab1', ['ab2'], 0)).toEqual([]);
  });

  it('takes any iterable', () => {
    expect(nearest('fats', new Map([['fast', 1]]).keys(), 1)).toEqual(['fast']);
  });
});
