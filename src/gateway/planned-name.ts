import { meantNames } from '../dialects/ollama/model-answers.ts';
import type { Face } from '../dialects/face.ts';
import { isKnownExactly } from '../routing/known-names.ts';
import type { RouteTable } from '../routing/route-table.ts';

/**
 * The name that is planned for what a client calls a model: Ollama's clients put `:latest` behind every name that has
 * no tag, so that `gpt-5:latest` is `gpt-5` where nothing is called just so.
 */
export function plannedName(table: RouteTable, { dialect }: Pick<Face, 'dialect'>, asked: string): string {
  if (dialect !== 'ollama' || isKnownExactly(table, asked)) return asked;
  return meantNames(asked).at(-1) ?? asked;
}
