import { textPart } from '../../src/canonical/parts.ts';
import type { AssistantPart, ResultPart, TextPart, UserPart } from '../../src/canonical/parts.ts';
import type { Message } from '../../src/canonical/request.ts';
import { openaiChat } from '../../src/dialects/openai-chat/index.ts';
import { COMMON_NAMES, toolNamesFor } from '../../src/dialects/tool-names.ts';
import {
  all,
  choiceNeedsTools,
  customToolsAreFunctions,
  effortAlone,
  joinedTexts,
  mapMessages,
  mapResults,
  mapTools,
  namedSchema,
  namelessResults,
  numberedIds,
  renamedTools,
  withoutDropped,
  withoutEmptyWish,
  withoutForeignTools,
  jsonIsAskedFor,
} from './approximations.ts';
import type { Approximation } from './approximations.ts';
import { frontOf, wireOfFront } from './laws.ts';
import type { DialectLaws } from './laws.ts';

/** A server that is not OpenAI's knows functions alone. */
const customTools = customToolsAreFunctions((tool) => {
  if (tool.kind !== 'custom') throw new Error('not a custom tool');
  const { name, description, format } = tool;
  const grammar = format === null ? '' : ` It must fit this grammar: ${JSON.stringify(format)}`;
  const input = { type: 'string', description: `The text that the tool takes.${grammar}` };
  const parameters = { type: 'object', properties: { input }, required: ['input'], additionalProperties: false };
  return { kind: 'function', name, description, parameters, strict: null, namespace: null, cache: null };
});

/** Such a server has no list of allowed tools: the others are not there. */
const choiceOfTools: Approximation = (request) => {
  const { toolChoice: choice } = request;
  if (choice?.kind !== 'allowed') return request;
  const tools = mapTools(request, (tool) => (choice.names.includes(tool.name) ? [tool] : []));
  return { ...tools, toolChoice: { kind: choice.required ? 'required' : 'auto' } };
};

/** A stream's usage is asked for always: it is for the ledger. */
const usageOfStreams: Approximation = (request) => ({ ...request, streamUsage: request.stream });

/** Texts are one, but where a cache mark stands on one of them. */
function texts(parts: readonly TextPart[], separator: string): readonly TextPart[] {
  return parts.some(({ cache }) => cache !== null) ? parts : joinedTexts(separator)(parts);
}

/** Messages of nothing but text are one text; thoughts are sent back before calls, without any state. */
const messagesAsWritten: Approximation = (request) =>
  mapMessages(request, (message): readonly Message[] => {
    switch (message.role) {
      case 'system':
        return [{ ...message, content: texts(message.content, '\n\n') }];
      case 'user':
        return [{ ...message, content: userContent(message.content) }];
      case 'assistant':
        return [{ ...message, content: assistantContent(message.content) }];
      default: {
        const results = message.results.map((result) => {
          const said = result.content.filter((part) => part.type === 'text');
          const content: readonly ResultPart[] = texts(said, '\n\n');
          return { ...result, content };
        });
        return [{ ...message, results }];
      }
    }
  });

function userContent(parts: readonly UserPart[]): readonly UserPart[] {
  const said = parts.filter((part) => part.type === 'text');
  return said.length === parts.length ? texts(said, '\n\n') : parts.map(fileAsTaken);
}

/** A file that is text is told to every model; the name of another is asked for. */
function fileAsTaken(part: UserPart): UserPart {
  if (part.type !== 'file') return part;
  const { source, filename, cache } = part;
  if (source.kind !== 'text') return { ...part, filename: filename ?? 'document.pdf' };
  const title = filename === null ? '' : `${filename}\n`;
  return textPart(`<document>\n${title}${source.text}\n</document>`, cache);
}

function assistantContent(parts: readonly AssistantPart[]): readonly AssistantPart[] {
  const calls = parts.filter((part) => part.type === 'tool_call').map((call) => ({ ...call, state: null }));
  const said = parts.filter((part) => part.type === 'text');
  const thought = parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
  const isEchoed = calls.length > 0 && thought !== '';
  return [
    ...(isEchoed ? [{ type: 'reasoning', text: thought, state: null } as const] : []),
    ...texts(said, ''),
    ...calls,
  ];
}

/** A result that is an error says so, unless it does already. */
const errorsInText: Approximation = (request) =>
  mapResults(request, (result) => ({
    ...result,
    isError: null,
    content: result.content.map((part, index) =>
      index === 0 && result.isError === true && part.type === 'text' && !/^\W{0,2}error/i.test(part.text)
        ? { ...part, text: `Error: ${part.text}` }
        : part,
    ),
  }));

/** Whether thoughts are shown is for the server to know. */
const withoutShown: Approximation = (request) =>
  request.reasoning === null ? request : { ...request, reasoning: { ...request.reasoning, shown: null } };

export const OPENAI_CHAT: DialectLaws = {
  dialect: openaiChat,
  droppable: ['n', 'reasoning', 'tool_choice', 'tools.elsewhere'],
  requests: {
    models: ['someone/some-model'],
    contents: ['image-base64', 'image-url', 'file-pdf', 'file-text', 'audio', 'video'],
    resultContents: [],
    providerTools: [],
    reasoningStates: [],
    callStates: [],
  },
  refuses: ['file-url'],
  answers: { customTools: true, reasoningStates: [] },
  asSpoken: (request, dropped) =>
    all(
      withoutDropped(dropped),
      jsonIsAskedFor,
      choiceOfTools,
      withoutForeignTools,
      choiceNeedsTools,
      renamedTools(toolNamesFor(request, COMMON_NAMES).sent),
      customTools,
      errorsInText,
      messagesAsWritten,
      namelessResults,
      namedSchema('response'),
      effortAlone,
      withoutShown,
      withoutEmptyWish,
      numberedIds,
      usageOfStreams,
    )(request),
  modelDependent: [],
  withoutOwn: numberedIds,
  usageTold: ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWrite5mTokens', 'reasoningTokens'],
  keepsCallIds: true,
  finishTold: (reason) => reason,
  wire: wireOfFront(frontOf(openaiChat)),
};
