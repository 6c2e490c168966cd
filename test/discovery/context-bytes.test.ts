import { describe, expect, it } from 'vitest';
import { contextBytesPerToken } from '../../src/discovery/kinds/context-bytes.ts';
import { member } from '../../src/discovery/json-answer.ts';
import { parseJson } from '../../src/std/parse-json.ts';
import { recording } from '../helpers/recordings.ts';

/** The keys that Ollama's documentation of `/api/show` has of Llama 3.1 8B. */
const LLAMA = {
  'general.architecture': 'llama',
  'llama.attention.head_count': 32,
  'llama.attention.head_count_kv': 8,
  'llama.block_count': 32,
  'llama.embedding_length': 4096,
};

describe('contextBytesPerToken', () => {
  it.each([
    ['heads of the size that the embedding gives', {}, 131_072],
    ['heads of a size of their own', { 'llama.attention.key_length': 64, 'llama.attention.value_length': 64 }, 65_536],
    ['no heads shared, where it does not say so', { 'llama.attention.head_count_kv': undefined }, 524_288],
    ['a list of heads, which Ollama leaves out', { 'llama.attention.head_count_kv': null }, null],
    ['layers that keep a window only', { 'llama.attention.sliding_window': 1024 }, null],
    ['keys that are kept compressed', { 'llama.attention.kv_lora_rank': 512 }, null],
    ['layers without a cache', { 'llama.ssm.state_size': 128 }, null],
    ['another architecture than its keys', { 'general.architecture': 'qwen3' }, null],
    ['numbers that are none', { 'llama.block_count': '32' }, null],
  ])('is worked out of %s', (_, changed, bytes) => {
    expect(contextBytesPerToken({ ...LLAMA, ...changed })).toBe(bytes);
  });

  it('reads what a real Ollama says of a real model', () => {
    const shown = parseJson(recording('ollama-0.34.0', 'api-show-tiny').body.toString('utf8'));
    // 2 layers of 2 heads with 32 numbers each for key and value.
    expect(contextBytesPerToken(member(shown, 'model_info'))).toBe(512);
  });

  it('says nothing of an answer of another shape', () => {
    expect([null, [], 'text', {}].map(contextBytesPerToken)).toEqual([null, null, null, null]);
  });
});
