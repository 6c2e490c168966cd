import type { ServerKind } from '../../canonical/model.ts';
import type { Found } from '../questions.ts';
import type { KindReader } from './kind-reader.ts';
import { llamaCppReader } from './llama-cpp.ts';
import { lmStudioReader, lmStudioV0Reader } from './lmstudio.ts';
import { dockerReader, foundryReader, lemonadeReader, llamaSwapReader, localAiReader } from './many-models.ts';
import { ollamaReader } from './ollama.ts';
import { janReader, llamaCppPythonReader, loadedReader, osaurusReader, plainReader } from './plain.ts';
import { koboldReader, textGenerationReader, tgiReader } from './single-model.ts';

/** How the models of a recognised server are read. */
export function readerOf(found: Found): KindReader {
  return found.variant === 'v0' ? lmStudioV0Reader : READERS[found.kind];
}

const READERS: Readonly<Record<ServerKind, KindReader>> = {
  ollama: ollamaReader,
  lmstudio: lmStudioReader,
  'llama.cpp': llamaCppReader,
  vllm: loadedReader,
  sglang: loadedReader,
  tgi: tgiReader,
  localai: localAiReader,
  jan: janReader,
  'docker-model-runner': dockerReader,
  koboldcpp: koboldReader,
  'text-generation-webui': textGenerationReader,
  mlx: plainReader,
  lemonade: lemonadeReader,
  gpt4all: plainReader,
  'foundry-local': foundryReader,
  'llama-swap': llamaSwapReader,
  osaurus: osaurusReader,
  omlx: plainReader,
  lmdeploy: loadedReader,
  'llama-cpp-python': llamaCppPythonReader,
  transformers: plainReader,
  litellm: plainReader,
  'openai-compatible': plainReader,
};
