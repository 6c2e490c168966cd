import { count, member, text } from '../json-answer.ts';

/** Ollama and llama.cpp keep keys and values in f16, unless they were told to make them smaller. */
const BYTES_PER_VALUE = 2;

/**
 * Where a model has one of these, not every layer keeps every token in full: what one costs is not told by the rest.
 */
const UNEVEN = [
  'attention.sliding_window',
  'attention.kv_lora_rank',
  'attention.shared_kv_layers',
  'full_attention_interval',
  'ssm.state_size',
  'wkv.head_size',
];

/**
 * Bytes that each token of a context takes in memory: in every layer, a key and a value for each head of them
 * (llama.cpp's `n_embd_k_gqa` and `n_embd_v_gqa`). `modelInfo` is that of a GGUF file, as Ollama's `/api/show` gives
 * it; `null`: it does not tell, as of models whose layers differ, of which Ollama gives no lists.
 */
export function contextBytesPerToken(modelInfo: unknown): number | null {
  const architecture = text(member(modelInfo, 'general.architecture'));
  if (architecture === null) return null;
  const said = (key: string): unknown => member(modelInfo, `${architecture}.${key}`);
  if (UNEVEN.some((key) => said(key) !== undefined)) return null;
  const layers = count(said('block_count'));
  const heads = count(said('attention.head_count'));
  // A model without shared heads may not say it; a list of them, one for each layer, is given as null.
  const keptHeads = said('attention.head_count_kv') === undefined ? heads : count(said('attention.head_count_kv'));
  if (layers === null || heads === null || keptHeads === null) return null;
  const embedding = count(said('embedding_length'));
  const even = embedding === null ? null : embedding / heads;
  const key = count(said('attention.key_length')) ?? even;
  const value = count(said('attention.value_length')) ?? even;
  return key === null || value === null ? null : count(layers * keptHeads * (key + value) * BYTES_PER_VALUE);
}
