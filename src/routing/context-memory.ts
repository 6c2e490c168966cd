import type { ServedModel } from '../canonical/model.ts';

/** The memory of the machine that a model server runs on. */
export interface Memory {
  readonly totalBytes: number;
  /** Its GPU uses the same memory (Apple's machines), not one of its own. */
  readonly isShared: boolean;
}

/** Of the memory, for all else that runs: the system, an editor, a browser. */
const RESERVED_SHARE = 1 / 8;
/** No model is held below this because of memory: its context is the smallest part of it then. */
const LEAST_TOKENS = 8_192;

/**
 * How many tokens of context fit into memory beside the model; `null`: as far as is known, all.
 *
 * It goes by the memory that there is and not by what is free: that changes from one moment to the next, holds what the
 * model itself takes while it is loaded, and each other number would load the model anew. A GPU's own memory cannot be
 * asked for, but a model that is loaded shows some of it; what does not fit there Ollama keeps in the machine's. A
 * model that is larger than all memory known is in some that is not, and nothing is said of it. A server that was told
 * to keep its cache smaller (`OLLAMA_KV_CACHE_TYPE`) has room for more than this says.
 */
export function contextInMemory(model: ServedModel, memory: Memory | null): number | null {
  const { sizeBytes, contextBytesPerToken, gpuBytes } = model;
  if (memory === null || sizeBytes === null || contextBytesPerToken === undefined) return null;
  const ofGpu = memory.isShared ? 0 : (gpuBytes ?? 0);
  const free = memory.totalBytes * (1 - RESERVED_SHARE) + ofGpu - sizeBytes;
  return free <= 0 ? null : Math.max(LEAST_TOKENS, Math.floor(free / contextBytesPerToken));
}
