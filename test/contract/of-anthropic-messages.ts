import { textPart } from '../../src/canonical/parts.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import type { CanonicalRequest, Message } from '../../src/canonical/request.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { COMMON_NAMES, toolNamesFor } from '../../src/dialects/tool-names.ts';
import {
  all,
  customToolsAreFunctions,
  lateSystemIsReminder,
  mapMessages,
  mapParts,
  mapResults,
  mapTools,
  namelessResults,
  namelessSchema,
  numberedIds,
  oneSystem,
  oneUserAtATime,
  renamedTools,
  usageIsAlwaysTold,
  withoutDetail,
  withoutCacheKey,
  withoutDropped,
  withoutForeignTools,
} from './approximations.ts';
import type { Approximation } from './approximations.ts';
import { frontOf, wireOfFront } from './laws.ts';
import type { DialectLaws } from './laws.ts';

/** That the answer is to be any JSON is said to the model, there is no field for it. */
const jsonIsAskedFor: Approximation = (request) => {
  if (request.output?.kind !== 'json') return request;
  const hint = 'Answer with one JSON object and nothing else: no code fence, no words before or after it.';
  const [first, ...rest] = request.messages;
  const content = first?.role === 'system' ? [...first.content, textPart(hint)] : [textPart(hint)];
  const others = first?.role === 'system' ? rest : request.messages;
  return { ...request, output: null, messages: [{ role: 'system', content }, ...others] };
};

/** Schemas that are enforced have closed objects. */
const closed = (schema: JsonObject): JsonObject => ({ ...schema, additionalProperties: false });

const closedSchemas: Approximation = (request) => {
  const { output } = request;
  const tools = mapTools(request, (tool) => {
    if (tool.kind !== 'function') return [tool];
    const parameters = tool.parameters ?? { type: 'object', properties: {} };
    const isStrict = tool.strict === true;
    return [{ ...tool, strict: isStrict ? true : null, parameters: isStrict ? closed(parameters) : parameters }];
  });
  return output?.kind !== 'schema' ? tools : { ...tools, output: { ...output, schema: closed(output.schema) } };
};

const customTools = customToolsAreFunctions((tool) => {
  if (tool.kind !== 'custom') throw new Error('not a custom tool');
  const { name, description, format } = tool;
  const told =
    format === null
      ? 'The whole input of the tool, as plain text.'
      : 'The whole input of the tool, as plain text that keeps to this lark grammar:\nstart: "x"';
  const input = { type: 'string', description: told };
  const parameters = { type: 'object', properties: { input }, required: ['input'] };
  return { kind: 'function', name, description, parameters, strict: null, namespace: null, cache: null };
});

/** Only some tools may be called: only those are there. Whether calls may be parallel is said with the choice. */
const choiceOfTools: Approximation = (request) => {
  const { toolChoice: choice, parallelToolCalls: parallel } = request;
  if (request.tools.length === 0) return { ...request, toolChoice: null, parallelToolCalls: null };
  switch (choice?.kind) {
    case undefined:
      return parallel === false
        ? { ...request, toolChoice: { kind: 'auto' } }
        : { ...request, parallelToolCalls: null };
    case 'none':
      return { ...request, parallelToolCalls: null };
    case 'allowed': {
      const tools = mapTools(request, (tool) => (choice.names.includes(tool.name) ? [tool] : []));
      return { ...tools, toolChoice: { kind: choice.required ? 'required' : 'auto' } };
    }
    default:
      return request;
  }
};

/** Thoughts go back with Anthropic's own signature, or not at all. No call has a state of its own. */
const signedThoughts: Approximation = (request) =>
  mapParts(request, (list) =>
    list.flatMap((part): typeof list => {
      if (part.type === 'reasoning') return part.state?.origin === 'anthropic-messages' ? [part] : [];
      return 'state' in part ? [{ ...part, state: null }] : [part];
    }),
  );

/** The mark of the last part of a result is the result's. */
const marksOfResults: Approximation = (request) =>
  mapResults(request, (result) => {
    const marks = result.content.flatMap((part) => ('cache' in part && part.cache !== null ? [part.cache] : []));
    const content = result.content.map((part) => ('cache' in part ? { ...part, cache: null } : part));
    return { ...result, content, cache: marks.at(-1) ?? null };
  });

/** An error has text alone: what it shows stands behind the results. */
const errorsShowNothing: Approximation = (request) =>
  mapMessages(request, (message) => {
    if (message.role !== 'tool') return [message];
    const images = message.results.flatMap(({ content, isError }) =>
      isError === true ? content.filter((part) => part.type === 'image') : [],
    );
    const results = message.results.map((result) => {
      if (result.isError !== true) return result;
      const texts = result.content.filter(({ type }) => type === 'text');
      return { ...result, content: texts.length === 0 ? [textPart('The tool failed and said nothing.')] : texts };
    });
    const tool: Message = { role: 'tool', results };
    return images.length === 0 ? [tool] : [tool, { role: 'user', content: images }];
  });

/** What an assistant says last has no white space behind it where nothing follows; here a user always follows. */
const asSpoken = (request: CanonicalRequest, dropped: readonly string[]): CanonicalRequest =>
  all(
    withoutDropped(dropped),
    withoutCacheKey,
    withoutForeignTools,
    choiceOfTools,
    renamedTools(toolNamesFor(request, COMMON_NAMES).sent),
    customTools,
    closedSchemas,
    namelessSchema,
    oneSystem,
    lateSystemIsReminder,
    errorsShowNothing,
    oneUserAtATime,
    jsonIsAskedFor,
    signedThoughts,
    marksOfResults,
    namelessResults,
    withoutDetail,
    numberedIds,
    usageIsAlwaysTold,
  )(request);

export const ANTHROPIC_MESSAGES: DialectLaws = {
  dialect: anthropicMessages,
  droppable: [
    ...['n', 'seed', 'logprobs', 'frequency_penalty', 'presence_penalty', 'temperature', 'top_p', 'top_k', 'stop'],
    ...['reasoning', 'tool_choice', 'tools.strict', 'tools.elsewhere', 'user', 'service_tier', 'verbosity'],
    ...['prompt_cache_key', 'image_detail'],
  ],
  requests: {
    models: ['claude-sonnet-4-6'],
    contents: ['image-base64', 'image-url', 'file-pdf', 'file-text', 'file-url'],
    resultContents: ['image-base64'],
    providerTools: [],
    reasoningStates: ['EqoBCkgIARAB'],
    callStates: [],
  },
  refuses: ['audio', 'video'],
  answers: { customTools: false, reasoningStates: ['EqoBCkgIARAB'] },
  asSpoken,
  modelDependent: ['reasoning', 'maxOutputTokens', 'sampling'],
  withoutOwn: numberedIds,
  usageTold: ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWrite5mTokens', 'reasoningTokens'],
  keepsCallIds: true,
  // A refusal is a reason of its own.
  finishTold: (reason, hasRefusal) => (hasRefusal && reason === 'stop' ? 'content_filter' : reason),
  wire: wireOfFront(frontOf(anthropicMessages)),
};
