import type { Capability } from '../canonical/model.ts';

/** The first that fits counts: `gpt-4o-mini-realtime-tts` speaks with nobody, and no `rerank` is an embedder. */
const TOLD: readonly (readonly [RegExp, readonly Capability[]])[] = [
  [/rerank/, ['rerank']],
  [/embed|^voyage-|^(?:all-minilm|bge|gte|e5|multilingual-e5|colbert)-/, ['embedding']],
  [/moderation/, ['moderation']],
  [/whisper|transcribe/, ['transcription']],
  [/realtime|-live-|native-audio/, ['realtime']],
  [/(?:^|[-_.])tts(?:[-_.\d]|$)/, ['speech']],
  [/^veo-?\d|^sora-?\d|^grok-imagine-video/, ['video']],
  [/^gemini-.*-image/, ['chat', 'image']],
  [
    /^dall-e|^(?:chat)?gpt-image|^imagen|^flux|^stable-diffusion|^sdxl|^grok-.*-image|^grok-imagine|^recraft/,
    ['image'],
  ],
];

/**
 * What the name of a provider's model tells of what it is for, where its list does not say; `null`: nothing, which is
 * how it is with models that chat. Only for what is shown to people and clients: nothing is refused by a name.
 */
export function toldByName(id: string): readonly Capability[] | null {
  const name = id.slice(id.lastIndexOf('/') + 1).toLowerCase();
  return TOLD.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
