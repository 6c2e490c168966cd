/**
 * First segments of paths that the program serves, or will: what its dialects and the management API that scripts are
 * written against begin with. A profile is addressed as the first segment of a path: it cannot have one of these.
 */
export const RESERVED_PATH_SEGMENTS: ReadonlySet<string> = new Set([
  // Ourselves
  'llmgw',
  'health',
  'metrics',
  'docs',
  'ui',
  'v1',
  'v1alpha',
  'v1beta',
  'v2',
  // Inference
  'api',
  'audio',
  'assistants',
  'batches',
  'chat',
  'completions',
  'embeddings',
  'engines',
  'files',
  'images',
  'messages',
  'model',
  'models',
  'moderations',
  'realtime',
  'rerank',
  'responses',
  'threads',
  'vector-stores',
  'videos',
  // Management
  'budget',
  'cache',
  'config',
  'credentials',
  'customer',
  'global',
  'guardrails',
  'key',
  'login',
  'mcp',
  'organization',
  'project',
  'provider',
  'routes',
  'spend',
  'sso',
  'tag',
  'team',
  'user',
  'utils',
]);

/** Names before the slash of `name/model` that mean something of ours, so that no server or provider can have them. */
export const RESERVED_PROVIDER_NAMES: ReadonlySet<string> = new Set(['demo', 'llmgw']);
