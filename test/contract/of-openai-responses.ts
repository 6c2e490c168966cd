import type { UserPart } from '../../src/canonical/parts.ts';
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts';
import { COMMON_NAMES, toolNamesFor } from '../../src/dialects/tool-names.ts';
import {
  all,
  choiceNeedsTools,
  effortAlone,
  jsonIsAskedFor,
  mapParts,
  mapResults,
  mapTools,
  namedSchema,
  namelessResults,
  numberedIds,
  renamedTools,
  usageIsAlwaysTold,
  withoutCacheMarks,
  withoutDropped,
  withoutEmptyWish,
  withoutForeignTools,
} from './approximations.ts';
import type { Approximation } from './approximations.ts';
import { frontOf, wireOfFront } from './laws.ts';
import type { DialectLaws } from './laws.ts';

/** Nothing said means strict, so that what is not strict has to say so; every function has parameters. */
const plainFunctions: Approximation = (request) =>
  mapTools(request, (tool) => {
    if (tool.kind !== 'function') return [tool];
    const parameters = tool.parameters ?? { type: 'object', properties: {} };
    return [{ ...tool, parameters, strict: tool.strict === true ? true : null }];
  });

/** Thoughts that OpenAI encrypted itself go back, each once. No call has a state of its own. */
const ownThoughts: Approximation = (request) => {
  const sent = new Set<string>();
  return mapParts(request, (list) =>
    list.flatMap((part): typeof list => {
      if (part.type !== 'reasoning') return 'state' in part ? [{ ...part, state: null }] : [part];
      if (part.state?.origin !== 'openai-responses' || sent.has(part.state.data)) return [];
      sent.add(part.state.data);
      return [part];
    }),
  );
};

/** A file that is text is text; the name of another is asked for, but for one that is fetched. */
const filesAsTaken: Approximation = (request) =>
  mapParts(request, (list) =>
    list.map((part): UserPart | (typeof list)[number] => {
      if (part.type !== 'file') return part;
      const { source, filename } = part;
      if (source.kind === 'base64') return { ...part, filename: filename ?? 'document.pdf' };
      if (source.kind !== 'text') return part;
      const text = filename === null ? source.text : `${filename}:\n${source.text}`;
      return { type: 'text', text, cache: null, state: null };
    }),
  );

/** Every text of a result that is an error says so. */
const errorsInTexts: Approximation = (request) =>
  mapResults(request, (result) => ({
    ...result,
    isError: null,
    content: result.content.map((part) =>
      result.isError === true && part.type === 'text' && !/^\W*error/i.test(part.text)
        ? { ...part, text: `Error: ${part.text}` }
        : part,
    ),
  }));

/** Whether thoughts are summed up can be asked for, not refused. */
const shownOrNothing: Approximation = (request) => {
  const { reasoning } = request;
  if (reasoning === null) return request;
  return { ...request, reasoning: { ...reasoning, shown: reasoning.shown === true ? true : null } };
};

/** A penalty of 0 is none. */
const realPenalties: Approximation = (request) => {
  const { frequencyPenalty, presencePenalty } = request.sampling;
  return {
    ...request,
    sampling: {
      ...request.sampling,
      frequencyPenalty: frequencyPenalty === 0 ? null : frequencyPenalty,
      presencePenalty: presencePenalty === 0 ? null : presencePenalty,
    },
  };
};

/** Fewer than 16 tokens are refused. */
const leastTokens: Approximation = (request) => {
  const { maxOutputTokens } = request;
  return maxOutputTokens === null ? request : { ...request, maxOutputTokens: Math.max(16, maxOutputTokens) };
};

export const OPENAI_RESPONSES: DialectLaws = {
  dialect: openaiResponses,
  droppable: [
    ...['n', 'stop', 'seed', 'top_k', 'frequency_penalty', 'presence_penalty', 'temperature', 'top_p', 'logprobs'],
    ...['reasoning', 'tool_choice', 'parallel_tool_calls', 'tools.elsewhere', 'verbosity', 'service_tier'],
  ],
  requests: {
    models: ['our-deployment'],
    contents: ['image-base64', 'image-url', 'file-pdf', 'file-text', 'file-url'],
    resultContents: ['image-base64'],
    providerTools: [
      { kind: 'provider', origin: 'openai-responses', name: 'web_search', definition: { type: 'web_search' } },
    ],
    reasoningStates: ['{"id":"rs_1","encrypted_content":"gAAAAA"}'],
    callStates: [],
  },
  refuses: ['audio', 'video'],
  answers: { customTools: true, reasoningStates: ['{"id":"rs_1","encrypted_content":"gAAAAA"}'] },
  asSpoken: (request, dropped) =>
    all(
      withoutDropped(dropped),
      jsonIsAskedFor,
      withoutForeignTools,
      choiceNeedsTools,
      renamedTools(toolNamesFor(request, COMMON_NAMES).sent),
      plainFunctions,
      withoutCacheMarks,
      ownThoughts,
      filesAsTaken,
      errorsInTexts,
      namelessResults,
      namedSchema('response'),
      effortAlone,
      shownOrNothing,
      withoutEmptyWish,
      realPenalties,
      leastTokens,
      numberedIds,
      usageIsAlwaysTold,
    )(request),
  modelDependent: [],
  withoutOwn: numberedIds,
  usageTold: ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWrite5mTokens', 'reasoningTokens'],
  keepsCallIds: true,
  finishTold: (reason) => reason,
  wire: wireOfFront(frontOf(openaiResponses)),
};
