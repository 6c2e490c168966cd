import { describe, expect, it } from 'vitest';
import { toldByName } from '../../src/routing/told-by-name.ts';

describe('what a name tells', () => {
  it.each([
    ['text-embedding-3-small', ['embedding']],
    ['mistral-embed', ['embedding']],
    ['gemini-embedding-001', ['embedding']],
    ['voyage-3.5', ['embedding']],
    ['@cf/baai/bge-m3', ['embedding']],
    ['rerank-v3.5', ['rerank']],
    ['bge-reranker-v2-m3', ['rerank']],
    ['omni-moderation-latest', ['moderation']],
    ['whisper-large-v3-turbo', ['transcription']],
    ['gpt-4o-mini-transcribe', ['transcription']],
    ['tts-1-hd', ['speech']],
    ['gpt-4o-mini-tts', ['speech']],
    ['gemini-2.5-flash-preview-tts', ['speech']],
    ['gpt-realtime', ['realtime']],
    ['gemini-2.5-flash-native-audio-latest', ['realtime']],
    ['dall-e-3', ['image']],
    ['gpt-image-1-mini', ['image']],
    ['chatgpt-image-latest', ['image']],
    ['imagen-4.0-generate-001', ['image']],
    ['black-forest-labs/FLUX.1-schnell', ['image']],
    ['gemini-2.5-flash-image', ['chat', 'image']],
    ['veo-3.1-generate-preview', ['video']],
    ['sora-2-pro', ['video']],
  ])('%s: %j', (id, capabilities) => {
    expect(toldByName(id)).toEqual(capabilities);
  });

  it.each([
    'gpt-5',
    'claude-sonnet-4-5',
    'gemini-3-pro',
    'o4-mini',
    'openai/gpt-4o',
    'qwen3-vl',
    'gpt-4o-audio-preview',
  ])('%s: nothing', (id) => {
    expect(toldByName(id)).toBeNull();
  });
});
