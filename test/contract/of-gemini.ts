import { textPart } from '../../src/canonical/parts.ts';
import type { ResultPart } from '../../src/canonical/parts.ts';
import { gemini } from '../../src/dialects/gemini/index.ts';
import { GEMINI_NAMES, toolNamesFor } from '../../src/dialects/tool-names.ts';
import {
  all,
  customToolsAreFunctions,
  joinedTexts,
  lateSystemIsReminder,
  mapMessages,
  mapParts,
  mapResults,
  mapTools,
  namelessSchema,
  oneSystem,
  oneUserAtATime,
  renamedTools,
  usageIsAlwaysTold,
  withoutCacheMarks,
  withoutDetail,
  withoutCacheKey,
  withoutDropped,
  withoutForeignTools,
} from './approximations.ts';
import type { Approximation } from './approximations.ts';
import { frontOf, wireOfFront } from './laws.ts';
import type { DialectLaws } from './laws.ts';

const customTools = customToolsAreFunctions((tool) => {
  if (tool.kind !== 'custom') throw new Error('not a custom tool');
  const { name, description, format } = tool;
  const grammar = format === null ? '' : `\n\nThe input follows this format: ${JSON.stringify(format)}`;
  return {
    kind: 'function',
    name,
    description: `${description ?? ''}${grammar}`.trim(),
    parameters: {
      type: 'object',
      properties: { input: { type: 'string', description: 'The whole input of the tool, as it is.' } },
      required: ['input'],
    },
    strict: null,
    namespace: null,
    cache: null,
  };
});

/** No tool is strict. */
const withoutStrict: Approximation = (request) =>
  mapTools(request, (tool) => [tool.kind === 'function' ? { ...tool, strict: null } : tool]);

/** One allowed tool that must be called is that tool. Whether calls may be parallel is the model's affair. */
const choiceOfTools: Approximation = (request) => {
  const { toolChoice: choice } = request;
  const [only, ...others] = choice?.kind === 'allowed' && choice.required ? choice.names : [];
  const isOne = only !== undefined && others.length === 0;
  return { ...request, parallelToolCalls: null, toolChoice: isOne ? { kind: 'tool', name: only } : choice };
};

/** Thoughts of other models are of no use to this one, nor are their signatures. */
const ownThoughts: Approximation = (request) =>
  mapParts(request, (list) =>
    list.flatMap((part): typeof list => {
      const isForeign = 'state' in part && part.state !== null && part.state.origin !== 'gemini';
      if (!isForeign) return [part];
      return part.type === 'reasoning' ? [] : [{ ...part, state: null }];
    }),
  );

/** Files have no names. */
const namelessFiles: Approximation = (request) =>
  mapParts(request, (list) => list.map((part) => (part.type === 'file' ? { ...part, filename: null } : part)));

/** The texts of a late system message are one. */
const lateSystemIsOneText: Approximation = (request) => {
  const first = request.messages.findIndex(({ role }) => role !== 'system');
  return mapMessages(request, (message, index) => [
    message.role === 'system' && index >= first ? { ...message, content: joinedTexts('\n')(message.content) } : message,
  ]);
};

/** A result is one text, with its images behind it, and either an error or none. */
const plainResults: Approximation = (request) =>
  mapResults(request, (result) => {
    const texts = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
    const media = result.content.filter(({ type }) => type !== 'text');
    const content: readonly ResultPart[] = texts.length === 0 ? media : [textPart(texts.join('\n')), ...media];
    return { ...result, content, isError: result.isError === true };
  });

/** `auto` is what happens anyway. */
const usualTier: Approximation = (request) =>
  request.serviceTier === 'auto' ? { ...request, serviceTier: null } : request;

export const GEMINI: DialectLaws = {
  dialect: gemini,
  droppable: [
    ...['n', 'logprobs', 'frequency_penalty', 'presence_penalty', 'temperature', 'top_p', 'top_k', 'seed', 'stop'],
    ...['user', 'verbosity', 'prompt_cache_key', 'cache_control', 'service_tier', 'parallel_tool_calls', 'prefill'],
    ...['tools.strict', 'response_format', 'reasoning', 'image_detail', 'tools.elsewhere'],
  ],
  requests: {
    models: ['gemini-3-flash', 'gemini-3.5-pro'],
    contents: ['image-base64', 'file-pdf', 'file-text', 'audio', 'video'],
    resultContents: ['image-base64'],
    providerTools: [{ kind: 'provider', origin: 'gemini', name: 'google_search', definition: { googleSearch: {} } }],
    reasoningStates: ['CikBsig'],
    callStates: ['CikBsig2'],
  },
  refuses: [],
  answers: { customTools: false, reasoningStates: [] },
  asSpoken: (request, dropped) =>
    all(
      withoutDropped(dropped),
      withoutCacheKey,
      withoutForeignTools,
      choiceOfTools,
      renamedTools(toolNamesFor(request, GEMINI_NAMES).sent),
      customTools,
      withoutStrict,
      withoutCacheMarks,
      ownThoughts,
      plainResults,
      oneSystem,
      lateSystemIsOneText,
      lateSystemIsReminder,
      oneUserAtATime,
      withoutDetail,
      namelessFiles,
      namelessSchema,
      usualTier,
      functionsFirst,
      usageIsAlwaysTold,
    )(request),
  modelDependent: ['reasoning'],
  withoutOwn: (request) => request,
  usageTold: ['inputTokens', 'outputTokens', 'cacheReadTokens', 'reasoningTokens'],
  keepsCallIds: true,
  finishTold: (reason) => reason,
  wire: wireOfFront(frontOf(gemini)),
};

/** All functions stand together, before the tools that Google runs. */
function functionsFirst(request: Parameters<Approximation>[0]): ReturnType<Approximation> {
  const isFunction = ({ kind }: (typeof request.tools)[number]): boolean => kind === 'function';
  const { tools } = request;
  return { ...request, tools: [...tools.filter(isFunction), ...tools.filter((tool) => !isFunction(tool))] };
}
