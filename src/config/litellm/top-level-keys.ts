import { ELSEWHERE, forEach, ignored, later } from './key-rule.ts';
import type { KeyTable } from './key-rule.ts';

/** Keys of the file itself. */
export const TOP_LEVEL_KEYS: KeyTable<null> = {
  ...forEach(
    [
      'model_list',
      'litellm_settings',
      'router_settings',
      'general_settings',
      'environment_variables',
      'include',
      'credential_list',
    ],
    ELSEWHERE,
  ),
  callback_settings: later('callbacks'),
  guardrails: later('guardrails'),
  policies: later('guardrails', 'policies of guardrails'),
  ...forEach(['mcp_servers', 'mcp_tools', 'search_tools', 'vector_store_registry'], later('tools and MCP')),
  prompts: later('rewriting of requests', 'prompts that the gateway keeps'),
  assistant_settings: later('files, batches and fine-tuning', 'assistants'),
  ...forEach(['files_settings', 'finetune_settings'], later('files, batches and fine-tuning')),
  default_vertex_config: later('pass-through routes'),
  worker_registry: ignored('is for several processes of LiteLLM; llmgw is one'),
  model_group_settings: later('rewriting of requests', "the client's headers, by group"),
};
