import type { AssistantPart, ResultPart, TextPart, UserPart } from '../../src/canonical/parts.ts';
import { textPart } from '../../src/canonical/parts.ts';
import { effortOfBudget } from '../../src/dialects/reasoning-effort.ts';
import type { CanonicalRequest, FunctionTool, Message, Tool, ToolResult } from '../../src/canonical/request.ts';

/** What a dialect's words make of a request. */
export type Approximation = (request: CanonicalRequest) => CanonicalRequest;

export function all(...steps: readonly Approximation[]): Approximation {
  return (request) => steps.reduce((said, step) => step(said), request);
}

type Part = UserPart | AssistantPart | ResultPart;
type Texts = (parts: readonly TextPart[]) => readonly TextPart[];

/** Every message with these parts instead. */
export function mapParts(
  request: CanonicalRequest,
  change: (parts: readonly Part[]) => readonly Part[],
): CanonicalRequest {
  return mapMessages(request, (message): readonly Message[] => {
    switch (message.role) {
      case 'system':
        return [{ ...message, content: change(message.content) as readonly TextPart[] }];
      case 'user':
        return [{ ...message, content: change(message.content) as readonly UserPart[] }];
      case 'assistant':
        return [{ ...message, content: change(message.content) as readonly AssistantPart[] }];
      default:
        return [
          {
            ...message,
            results: message.results.map((result) => ({
              ...result,
              content: change(result.content) as readonly ResultPart[],
            })),
          },
        ];
    }
  });
}

export function mapMessages(
  request: CanonicalRequest,
  change: (message: Message, index: number) => readonly Message[],
): CanonicalRequest {
  return { ...request, messages: request.messages.flatMap(change) };
}

export function mapResults(request: CanonicalRequest, change: (result: ToolResult) => ToolResult): CanonicalRequest {
  return mapMessages(request, (message) =>
    message.role === 'tool' ? [{ ...message, results: message.results.map(change) }] : [message],
  );
}

export function mapTools(request: CanonicalRequest, change: (tool: Tool) => readonly Tool[]): CanonicalRequest {
  return { ...request, tools: request.tools.flatMap(change) };
}

/** Streams always tell their usage. */
export const usageIsAlwaysTold: Approximation = (request) => ({ ...request, streamUsage: true });

/** There is no word for where a prompt is to be cached. */
export const withoutCacheMarks: Approximation = (request) => {
  const parts = mapParts(request, (list) => list.map((part) => ('cache' in part ? { ...part, cache: null } : part)));
  const results = mapResults(parts, (result) => ({ ...result, cache: null }));
  return mapTools(results, (tool) => [tool.kind === 'function' ? { ...tool, cache: null } : tool]);
};

/** State of another provider is nothing to this one. */
export const withoutForeignStates: Approximation = (request) => {
  const { origin } = request.extras;
  return mapParts(request, (list) =>
    list.map((part) =>
      'state' in part && part.state !== null && part.state.origin !== origin ? { ...part, state: null } : part,
    ),
  );
};

/** Thoughts of which neither text nor state is left say nothing. */
export const withoutEmptyThoughts: Approximation = (request) =>
  mapParts(request, (list) =>
    list.filter((part) => part.type !== 'reasoning' || part.text !== '' || part.state !== null),
  );

/** Tools that another provider runs itself are dropped. */
export const withoutForeignTools: Approximation = (request) =>
  mapTools(request, (tool) => (tool.kind === 'provider' && tool.origin !== request.extras.origin ? [] : [tool]));

/** A tool whose argument is any text becomes a function of one argument, and its calls with it. */
export function customToolsAreFunctions(parameters: (tool: Tool) => FunctionTool): Approximation {
  return (request) => {
    const tools = mapTools(request, (tool) => [tool.kind === 'custom' ? parameters(tool) : tool]);
    return mapParts(tools, (list) =>
      list.map((part) =>
        part.type === 'tool_call' && part.kind === 'custom'
          ? { ...part, kind: 'function', arguments: JSON.stringify({ input: part.arguments }) }
          : part,
      ),
    );
  };
}

/** Text parts of one role that stand side by side become one. */
export function joinedTexts(separator: string): Texts {
  return (parts) => (parts.length === 0 ? [] : [textPart(parts.map(({ text }) => text).join(separator))]);
}

/** Results do not say whether they are errors: it stands before their text. */
export function errorsInText(prefix: string): Approximation {
  return (request) =>
    mapResults(request, (result) => {
      if (result.isError !== true) return { ...result, isError: null };
      const at = result.content.findIndex(({ type }) => type === 'text');
      const content = result.content.map((part, index): ResultPart => {
        return part.type === 'text' && index === at ? { ...part, text: prefix + part.text } : part;
      });
      if (at < 0) content.push(textPart(prefix));
      return { ...result, isError: null, content };
    });
}

/** Fields of the request that the dialect has no word for, and which are named in `dropped`. */
const FIELDS: Readonly<Record<string, Approximation>> = {
  n: (request) => ({ ...request, choiceCount: 1 }),
  logprobs: (request) => ({ ...request, logprobs: null }),
  seed: (request) => ({ ...request, sampling: { ...request.sampling, seed: null } }),
  top_k: (request) => ({ ...request, sampling: { ...request.sampling, topK: null } }),
  top_p: (request) => ({ ...request, sampling: { ...request.sampling, topP: null } }),
  temperature: (request) => ({ ...request, sampling: { ...request.sampling, temperature: null } }),
  frequency_penalty: (request) => ({ ...request, sampling: { ...request.sampling, frequencyPenalty: null } }),
  presence_penalty: (request) => ({ ...request, sampling: { ...request.sampling, presencePenalty: null } }),
  stop: (request) => ({ ...request, stop: [] }),
  verbosity: (request) => ({ ...request, verbosity: null }),
  user: (request) => ({ ...request, user: null }),
  prompt_cache_key: (request) => ({ ...request, cacheKey: null }),
  service_tier: (request) => ({ ...request, serviceTier: null }),
  parallel_tool_calls: (request) => ({ ...request, parallelToolCalls: null }),
  tool_choice: (request) => ({ ...request, toolChoice: null }),
  reasoning: (request) => ({ ...request, reasoning: null }),
  'reasoning.budget': (request) =>
    request.reasoning === null ? request : { ...request, reasoning: { ...request.reasoning, budgetTokens: null } },
  response_format: (request) => ({ ...request, output: null }),
  cache_control: withoutCacheMarks,
};

/** The request without what `dropped` names, as far as a field is what was dropped. */
export function withoutDropped(dropped: readonly string[]): Approximation {
  return all(...dropped.flatMap((name) => FIELDS[name] ?? []));
}

/** Caches of prompts find them without a key. */
export const withoutCacheKey: Approximation = (request) => ({ ...request, cacheKey: null });

/** Ids of calls in the order in which they appear, for dialects that have to write them otherwise. */
export const numberedIds: Approximation = (request) => {
  const numbers = new Map<string, string>();
  const numbered = (id: string): string => {
    const known = numbers.get(id) ?? `call ${numbers.size}`;
    numbers.set(id, known);
    return known;
  };
  const calls = mapParts(request, (list) =>
    list.map((part) => (part.type === 'tool_call' ? { ...part, id: numbered(part.id) } : part)),
  );
  return mapResults(calls, (result) => ({ ...result, callId: numbered(result.callId) }));
};

/** Names of tools as far as their characters go. */
export function renamedTools(sent: (name: string) => string): Approximation {
  return (request) => {
    const { toolChoice: choice } = request;
    const tools = mapTools(request, (tool) => [tool.kind === 'provider' ? tool : { ...tool, name: sent(tool.name) }]);
    const calls = mapParts(tools, (list) =>
      list.map((part) => (part.type === 'tool_call' ? { ...part, name: sent(part.name) } : part)),
    );
    const results = mapResults(calls, (result) => ({
      ...result,
      name: result.name === null ? null : sent(result.name),
    }));
    if (choice?.kind === 'tool') return { ...results, toolChoice: { ...choice, name: sent(choice.name) } };
    if (choice?.kind === 'allowed') return { ...results, toolChoice: { ...choice, names: choice.names.map(sent) } };
    return results;
  };
}

/** A result is found by the id of its call alone. */
export const namelessResults: Approximation = (request) => mapResults(request, (result) => ({ ...result, name: null }));

/** How closely an image is to be looked at is for the model to know. */
export const withoutDetail: Approximation = (request) =>
  mapParts(request, (list) => list.map((part) => (part.type === 'image' ? { ...part, detail: null } : part)));

/** All system messages at the beginning are one. */
export const oneSystem: Approximation = (request) => {
  const first = request.messages.findIndex(({ role }) => role !== 'system');
  const leading = request.messages.slice(0, first < 0 ? undefined : first);
  const content = leading.flatMap((message) => (message.role === 'system' ? message.content : []));
  const rest = first < 0 ? [] : request.messages.slice(first);
  return { ...request, messages: [...(content.length === 0 ? [] : [{ role: 'system', content } as const]), ...rest] };
};

/** A system message that comes late stays where it is, as a reminder in the user's name. */
export const lateSystemIsReminder: Approximation = (request) => {
  const first = request.messages.findIndex(({ role }) => role !== 'system');
  return mapMessages(request, (message, index) => {
    if (message.role !== 'system' || index < first) return [message];
    const content = message.content.map((part) => ({
      ...part,
      text: `<system-reminder>\n${part.text}\n</system-reminder>`,
    }));
    return [{ role: 'user', content }];
  });
};

/** Users who speak twice in a row have spoken once. */
export const oneUserAtATime: Approximation = (request) => {
  const messages: Message[] = [];
  for (const message of request.messages) {
    const last = messages.at(-1);
    if (message.role === 'user' && last?.role === 'user') {
      messages[messages.length - 1] = { role: 'user', content: [...last.content, ...message.content] };
    } else messages.push(message);
  }
  return { ...request, messages };
};

/** A schema stands there without its name, its description and whether it is strict. */
export const namelessSchema: Approximation = (request) => {
  const { output } = request;
  if (output?.kind !== 'schema') return request;
  return { ...request, output: { ...output, name: null, description: null, strict: null } };
};

/** Thinking is asked for by an effort: a budget is the one that it comes nearest to. */
export const effortAlone: Approximation = (request) => {
  const { reasoning } = request;
  if (reasoning === null) return request;
  const effort = reasoning.effort ?? (reasoning.budgetTokens === null ? null : effortOfBudget(reasoning.budgetTokens));
  return { ...request, reasoning: { effort, budgetTokens: null, shown: reasoning.shown } };
};

/** A wish that says nothing is none. */
export const withoutEmptyWish: Approximation = (request) => {
  const { reasoning } = request;
  const isEmpty = reasoning?.effort === null && reasoning.budgetTokens === null && reasoning.shown === null;
  return isEmpty ? { ...request, reasoning: null } : request;
};

/** Without a tool there is nothing to choose. */
export const choiceNeedsTools: Approximation = (request) =>
  request.tools.length === 0 ? { ...request, toolChoice: null, parallelToolCalls: null } : request;

/** A schema has a name. */
export function namedSchema(usual: string): Approximation {
  return (request) => {
    const { output } = request;
    return output?.kind === 'schema' ? { ...request, output: { ...output, name: output.name ?? usual } } : request;
  };
}

/** Where JSON is wanted and nobody says so, the system does. */
export const jsonIsAskedFor: Approximation = (request) => {
  if (request.output?.kind !== 'json') return request;
  const said = request.messages.flatMap((message): readonly { readonly type: string; readonly text?: string }[] =>
    message.role === 'tool' ? message.results.flatMap(({ content }) => content) : message.content,
  );
  if (said.some(({ type, text = '' }) => type === 'text' && /json/i.test(text))) return request;
  const at = request.messages.findIndex(({ role }) => role !== 'system');
  const content = [textPart('Answer with one JSON object and nothing else.')];
  return { ...request, messages: request.messages.toSpliced(at, 0, { role: 'system', content }) };
};
