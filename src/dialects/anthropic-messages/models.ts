import { claudeModel } from '../claude-models.ts';
import type { ClaudeModel } from '../claude-models.ts';

/** What a model behind this dialect takes. `maxOutputTokens`: `null`: unknown. */
export type ModelTraits = Omit<ClaudeModel, 'maxOutputTokens'> & { readonly maxOutputTokens: number | null };

/** Models of others (DeepSeek, Moonshot, Ollama …) take what was there from the beginning. */
const OTHERS: ModelTraits = {
  maxOutputTokens: null,
  thinking: { budget: true, adaptive: false, unasked: 'off', betweenTools: false, display: false },
  efforts: [],
  sampling: 'both',
  structuredOutput: false,
  forcedTools: true,
  cache: '5m',
};

/** The traits of a model by its id, however the provider writes it. */
export function traitsOf(model: string): ModelTraits {
  return claudeModel(model) ?? OTHERS;
}
