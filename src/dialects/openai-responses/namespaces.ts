import type { JsonObject } from '../../canonical/parts.ts';
import type { Tool } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { toolsInInput } from './tool-search.ts';

/** What a tool is called by those who know of no namespaces. */
export function namespacedName(namespace: string, name: string): string {
  return `${namespace}__${name}`;
}

/** The name of a tool that is called by its namespace and its name there. */
export function calledName(tools: readonly Tool[], namespace: unknown, name: string): string {
  if (typeof namespace !== 'string' || namespace === '') return name;
  const whole = namespacedName(namespace, name);
  if (tools.some((tool) => tool.name === whole)) return whole;
  // OpenAI's tool search puts a tool that it found into a namespace of the tool's own name.
  return namespace === name || tools.some((tool) => tool.name === name) ? name : whole;
}

/** A tool's namespace and its name there. */
export interface LocalName {
  readonly namespace: string;
  readonly name: string;
}

/** The tools of a body that stand in namespaces, by the names that the model knows them by. */
export function namespacesOf(body: JsonObject): ReadonlyMap<string, LocalName> {
  const names = new Map<string, LocalName>();
  for (const tool of [...listOf(body['tools']), ...toolsInInput(body).map(({ tool: found }) => found)]) {
    if (!isObject(tool) || tool['type'] !== 'namespace') continue;
    const namespace = tool['name'];
    if (typeof namespace !== 'string') continue;
    for (const child of listOf(tool['tools'])) {
      const name = isObject(child) ? child['name'] : null;
      if (typeof name === 'string') names.set(namespacedName(namespace, name), { namespace, name });
    }
  }
  return names;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
