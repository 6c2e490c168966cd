import fc from 'fast-check';
import { DIALECT_IDS } from '../../src/canonical/dialect-id.ts';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import type {
  AssistantPart,
  CacheMark,
  CarriedState,
  ResultPart,
  TextPart,
  ToolCallPart,
  UserPart,
} from '../../src/canonical/parts.ts';
import { EFFORTS } from '../../src/canonical/request.ts';
import type {
  CanonicalRequest,
  CustomTool,
  FunctionTool,
  Message,
  OutputFormat,
  ProviderTool,
  ReasoningWish,
  Sampling,
  Tool,
  ToolChoice,
} from '../../src/canonical/request.ts';
import { CONTENT_PARTS } from './generate-content.ts';
import type { ContentKind } from './generate-content.ts';
import { jsonObject, orNull, someText, visibleText, word } from './generate-text.ts';

/** What differs between the requests that are made for one dialect and another. */
export interface RequestShape {
  readonly dialect: DialectId;
  readonly models: readonly string[];
  /** What user messages hold besides text. */
  readonly contents: readonly ContentKind[];
  /** What the results of tools hold besides text. */
  readonly resultContents: readonly ContentKind[];
  /** Tools that the dialect's provider runs itself. */
  readonly providerTools: readonly ProviderTool[];
  /** Data of states of the dialect's own. */
  readonly reasoningStates: readonly string[];
  readonly callStates: readonly string[];
}

/**
 * Requests in normal form, as a decoder gives them: system messages first (one may come late), then turns: user,
 * assistant (thoughts, text, calls), answers to all of its calls. No part is empty, ids are unique, a choice of tools
 * names tools that there are, and each field that may be `null` often is.
 */
export function canonicalRequests(shape: RequestShape): fc.Arbitrary<CanonicalRequest> {
  return toolsFor(shape).chain((tools) => {
    const named = tools.filter((tool) => tool.kind !== 'provider');
    return fc.record<CanonicalRequest>({
      model: fc.constantFrom(...shape.models),
      stream: fc.boolean(),
      streamUsage: fc.boolean(),
      messages: conversation(shape, named),
      tools: fc.constant(tools),
      toolChoice: named.length === 0 ? fc.constant(null) : orNull(choiceOf(named.map(({ name }) => name))),
      parallelToolCalls: named.length === 0 ? fc.constant(null) : orNull(fc.boolean()),
      output: orNull(outputFormat, 3),
      reasoning: orNull(reasoningWish, 3),
      sampling,
      maxOutputTokens: orNull(fc.integer({ min: 1, max: 64_000 })),
      stop: fc.uniqueArray(visibleText, { maxLength: 4 }),
      choiceCount: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
      logprobs: orNull(fc.record({ top: fc.integer({ min: 0, max: 20 }) }), 6),
      verbosity: orNull(fc.constantFrom('low', 'medium', 'high'), 5),
      user: orNull(word, 4),
      cacheKey: orNull(word, 4),
      serviceTier: orNull(fc.constantFrom('auto', 'default', 'flex', 'priority'), 4),
      extras: fc.constant({ origin: shape.dialect, fields: {} }),
    });
  });
}

const toolName = fc.oneof(
  { weight: 6, arbitrary: word },
  { weight: 1, arbitrary: fc.constantFrom('mcp.files/read all', 'werkzeug_ä', '1st', 'x'.repeat(70), 'a:b', 'Bash') },
);

const schema = fc.constantFrom(
  { type: 'object', properties: { any: {} } },
  { type: 'object', properties: { city: { type: 'string', description: 'Where?' } }, required: ['city'] },
  {
    type: 'object',
    properties: { n: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } } },
    additionalProperties: false,
  },
);

const functionTool: fc.Arbitrary<FunctionTool> = fc.record({
  kind: fc.constant('function'),
  name: toolName,
  description: orNull(visibleText),
  parameters: fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 6, arbitrary: schema }),
  strict: orNull(fc.boolean(), 4),
  namespace: fc.constant(null),
  cache: fc.constant(null),
});

const customTool: fc.Arbitrary<CustomTool> = fc.record({
  kind: fc.constant('custom'),
  name: toolName,
  description: orNull(visibleText),
  format: orNull(fc.constant({ type: 'grammar', syntax: 'lark', definition: 'start: "x"' }), 4),
});

function toolsFor({ dialect, providerTools }: RequestShape): fc.Arbitrary<Tool[]> {
  const foreign = fc.constantFrom(...DIALECT_IDS.filter((id) => id !== dialect)).map((origin): ProviderTool => ({
    kind: 'provider',
    origin,
    name: 'elsewhere',
    definition: { type: 'elsewhere' },
  }));
  const provided = providerTools.length === 0 ? foreign : fc.oneof(foreign, fc.constantFrom(...providerTools));
  return fc.uniqueArray(
    fc.oneof(
      { weight: 6, arbitrary: functionTool },
      { weight: 1, arbitrary: customTool },
      { weight: 1, arbitrary: provided },
    ),
    { maxLength: 4, selector: ({ name }) => name },
  );
}

function choiceOf(names: readonly string[]): fc.Arbitrary<ToolChoice> {
  return fc.oneof(
    fc.constantFrom<ToolChoice>({ kind: 'auto' }, { kind: 'none' }, { kind: 'required' }),
    fc.constantFrom(...names).map((name): ToolChoice => ({ kind: 'tool', name })),
    fc
      .record({ names: fc.shuffledSubarray([...names], { minLength: 1 }), required: fc.boolean() })
      .map(({ names: chosen, required }): ToolChoice => ({ kind: 'allowed', names: chosen, required })),
  );
}

const outputFormat: fc.Arbitrary<OutputFormat> = fc.oneof(
  fc.constant<OutputFormat>({ kind: 'json' }),
  fc
    .record({ schema, name: orNull(word), description: orNull(visibleText, 4), strict: orNull(fc.boolean(), 3) })
    .map((fields): OutputFormat => ({ kind: 'schema', ...fields })),
);

const reasoningWish: fc.Arbitrary<ReasoningWish> = fc
  .record({
    effort: orNull(fc.constantFrom(...EFFORTS)),
    budgetTokens: orNull(fc.integer({ min: 1024, max: 60_000 })),
    shown: orNull(fc.boolean()),
  })
  .filter(({ effort, budgetTokens, shown }) => effort !== null || budgetTokens !== null || shown !== null)
  .map((wish) => (wish.effort === 'none' ? { ...wish, budgetTokens: null } : wish));

const sampling: fc.Arbitrary<Sampling> = fc.record({
  temperature: orNull(fc.constantFrom(0, 0.3, 0.7, 1, 1.5, 2)),
  topP: orNull(fc.constantFrom(0.1, 0.95, 1), 3),
  topK: orNull(fc.integer({ min: 1, max: 100 }), 4),
  seed: orNull(fc.integer({ min: 0, max: 2 ** 31 - 1 }), 4),
  frequencyPenalty: orNull(fc.constantFrom(-1, 0, 0.5), 5),
  presencePenalty: orNull(fc.constantFrom(-2, 0, 1.5), 5),
});

/** Anthropic takes four marks in one request. */
const MAX_CACHE_MARKS = 4;

function conversation(shape: RequestShape, tools: readonly Tool[]): fc.Arbitrary<Message[]> {
  const system = fc
    .array(textPart, { minLength: 1, maxLength: 2 })
    .map((content): Message => ({ role: 'system', content }));
  return fc
    .record({
      systems: fc.array(system, { maxLength: 2 }),
      turns: fc.array(turn(shape, tools), { maxLength: 3 }),
      late: orNull(system, 6),
      last: userMessage(shape),
    })
    .map(({ systems, turns, late, last }) => {
      const [first = [], ...further] = turns;
      const between = late === null || turns.length === 0 ? [] : [late];
      return withUniqueIds(withFewMarks([...systems, ...first, ...between, ...further.flat(), last]));
    });
}

function turn(shape: RequestShape, tools: readonly Tool[]): fc.Arbitrary<Message[]> {
  return fc
    .record({ user: userMessage(shape), assistant: assistantParts(shape, tools), results: resultsContent(shape) })
    .map(({ user, assistant, results }) => {
      const calls = assistant.filter((part) => part.type === 'tool_call');
      const said: Message[] = [user, { role: 'assistant', content: assistant }];
      if (calls.length === 0) return said;
      const answers = calls.map(({ id, name }, index) => ({
        callId: id,
        name,
        content: results[index % results.length]?.content ?? [],
        isError: results[index % results.length]?.isError ?? null,
        cache: null,
      }));
      return [...said, { role: 'tool', results: answers }];
    });
}

const cacheMark: fc.Arbitrary<CacheMark | null> = orNull(fc.constantFrom('5m', '1h'), 8);
const textPart: fc.Arbitrary<TextPart> = fc.record({
  type: fc.constant('text'),
  text: visibleText,
  cache: cacheMark,
  state: fc.constant(null),
});

function userMessage({ contents }: RequestShape): fc.Arbitrary<Message> {
  const other = fc.oneof(...contents.map((kind) => CONTENT_PARTS[kind]));
  const part: fc.Arbitrary<UserPart> = contents.length === 0 ? textPart : fc.oneof(textPart, textPart, other);
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((content): Message => ({ role: 'user', content }));
}

function resultsContent({
  resultContents,
}: RequestShape): fc.Arbitrary<{ readonly content: readonly ResultPart[]; readonly isError: boolean | null }[]> {
  const media = resultContents.map((kind) => CONTENT_PARTS[kind]) as unknown as fc.Arbitrary<ResultPart>[];
  const part: fc.Arbitrary<ResultPart> = fc.oneof({ weight: 4, arbitrary: textPart }, ...media);
  return fc.array(
    fc.record({ content: fc.array(part, { minLength: 1, maxLength: 2 }), isError: orNull(fc.boolean()) }),
    { minLength: 1, maxLength: 3 },
  );
}

function assistantParts(shape: RequestShape, tools: readonly Tool[]): fc.Arbitrary<AssistantPart[]> {
  const reasoning = fc.record({ text: visibleText, state: stateOf(shape.dialect, shape.reasoningStates) });
  const called = tools.filter((tool) => tool.kind !== 'provider');
  const call = called.length === 0 ? null : fc.constantFrom(...called).chain((tool) => callOf(tool, shape));
  return fc
    .record({
      reasoning: orNull(reasoning, 3),
      text: orNull(textPart, 4),
      calls: call === null ? fc.constant([]) : fc.array(call, { maxLength: 3 }),
      fallback: visibleText,
    })
    .map(({ reasoning: thought, text, calls, fallback }): AssistantPart[] => {
      const plain: TextPart = { type: 'text', text: fallback, cache: null, state: null };
      return [
        ...(thought === null ? [] : [{ type: 'reasoning' as const, ...thought }]),
        ...(text === null && calls.length > 0 ? [] : [text ?? plain]),
        ...calls,
      ];
    });
}

function stateOf(dialect: DialectId, own: readonly string[]): fc.Arbitrary<CarriedState | null> {
  const foreign = fc.constantFrom(...DIALECT_IDS.filter((id) => id !== dialect));
  const carried = foreign.map((origin): CarriedState => ({ origin, data: 'another provider’s' }));
  if (own.length === 0) return orNull(carried);
  return orNull(
    fc.oneof(
      carried,
      fc.constantFrom(...own).map((data): CarriedState => ({ origin: dialect, data })),
    ),
  );
}

function callOf(tool: FunctionTool | CustomTool, shape: RequestShape): fc.Arbitrary<ToolCallPart> {
  return fc.record({
    type: fc.constant('tool_call'),
    id: fc.oneof(
      { weight: 5, arbitrary: word.map((text) => `call_${text}`) },
      { weight: 1, arbitrary: fc.constantFrom('functions.read:0', 'häh', 'toolu_01AbC', 'x'.repeat(80)) },
    ),
    name: fc.constant(tool.name),
    arguments: tool.kind === 'custom' ? someText : jsonObject.map((object) => JSON.stringify(object)),
    kind: fc.constant(tool.kind),
    state: orNull(stateOf(shape.dialect, shape.callStates), 4),
    cache: fc.constant(null),
  });
}

/** Marks that are over the number are taken away. */
function withFewMarks(messages: readonly Message[]): Message[] {
  let left = MAX_CACHE_MARKS;
  const limited = <T extends { readonly type: string }>(part: T): T => {
    if (!('cache' in part) || part.cache === null) return part;
    left -= 1;
    return left >= 0 ? part : { ...part, cache: null };
  };
  return messages.map((message): Message => {
    switch (message.role) {
      case 'system':
        return { ...message, content: message.content.map(limited) };
      case 'user':
        return { ...message, content: message.content.map(limited) };
      case 'assistant':
        return { ...message, content: message.content.map(limited) };
      default:
        return {
          ...message,
          results: message.results.map((result) => ({ ...result, content: result.content.map(limited) })),
        };
    }
  });
}

/** An id that came before gets a number; the answers follow their calls. */
function withUniqueIds(messages: readonly Message[]): Message[] {
  const taken = new Set<string>();
  let ids: string[] = [];
  return messages.map((message): Message => {
    if (message.role === 'tool') {
      const { results } = message;
      return { ...message, results: results.map((result, index) => ({ ...result, callId: ids[index] ?? '' })) };
    }
    if (message.role !== 'assistant') return message;
    ids = [];
    const content = message.content.map((part): AssistantPart => {
      if (part.type !== 'tool_call') return part;
      const id = taken.has(part.id) ? `${part.id}_${taken.size}` : part.id;
      taken.add(id);
      ids.push(id);
      return { ...part, id };
    });
    return { ...message, content };
  });
}
