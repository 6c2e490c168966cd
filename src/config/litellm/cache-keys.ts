import { ELSEWHERE, forEach, read } from './key-rule.ts';
import type { KeyTable } from './key-rule.ts';

/**
 * Keys of `cache_params`. That a cache is asked for is said once, for the map as a whole; where it would lie in Redis
 * or a vector store is said here.
 */
export const CACHE_KEYS: KeyTable<null> = {
  type: read((_, field) => {
    const type = field.text() ?? '';
    if (/redis|valkey/.test(type))
      field.note('replaced', 'names Redis; when llmgw has a cache, its own store holds it');
    else if (/qdrant/.test(type))
      field.note('replaced', 'names Qdrant; when llmgw has a cache, its own store holds it');
  }),
  ...forEach(
    [
      'host',
      'port',
      'password',
      'username',
      'ssl',
      'url',
      'redis_url',
      'db',
      'namespace',
      'ttl',
      'default_in_memory_ttl',
      'default_in_redis_ttl',
      'max_connections',
      'redis_startup_nodes',
      'service_name',
      'sentinel_nodes',
      'sentinel_password',
      'supported_call_types',
      'mode',
      'similarity_threshold',
      'redis_semantic_cache_embedding_model',
      'redis_semantic_cache_index_name',
      'qdrant_semantic_cache_embedding_model',
      'qdrant_api_base',
      'qdrant_api_key',
      'qdrant_collection_name',
      'qdrant_quantization_config',
      'qdrant_semantic_cache_vector_size',
      'vector_size',
      'semantic_cache_embedding_timeout',
      's3_bucket_name',
      's3_region_name',
      's3_api_version',
      's3_endpoint_url',
      's3_aws_access_key_id',
      's3_aws_secret_access_key',
      's3_aws_session_token',
      's3_path',
      's3_use_ssl',
      's3_verify',
      'gcs_bucket_name',
      'gcs_path',
      'gcs_path_service_account',
      'disk_cache_dir',
    ],
    ELSEWHERE,
  ),
};
