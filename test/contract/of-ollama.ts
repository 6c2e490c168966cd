import { textPart } from '../../src/canonical/parts.ts';
import type { AudioPart, ImagePart, TextPart, UserPart } from '../../src/canonical/parts.ts';
import type { ToolChoice, Message, Tool } from '../../src/canonical/request.ts';
import { DROPPED_NAMES } from '../../src/dialects/ollama/encode-request.ts';
import { ollama } from '../../src/dialects/ollama/index.ts';
import { restOf } from '../../src/dialects/fields.ts';
import { isObject } from '../../src/std/is-object.ts';
import {
  all,
  customToolsAreFunctions,
  errorsInText,
  joinedTexts,
  mapMessages,
  mapTools,
  namelessSchema,
  usageIsAlwaysTold,
  withoutCacheMarks,
  withoutCacheKey,
  withoutDropped,
  withoutForeignTools,
} from './approximations.ts';
import type { Approximation } from './approximations.ts';
import { frontOf, wireOfFront } from './laws.ts';
import type { DialectLaws } from './laws.ts';

/** There is no choice of tools: `none` offers none, a name or several offer those alone. */
const choiceIsWhatIsOffered: Approximation = (request) => {
  const { toolChoice } = request;
  const tools = mapTools(request, (tool) => (isOffered(tool, toolChoice) ? [tool] : []));
  return { ...tools, toolChoice: null };
};

function isOffered({ name }: Tool, choice: ToolChoice | null): boolean {
  switch (choice?.kind) {
    case 'none':
      return false;
    case 'tool':
      return choice.name === name;
    case 'allowed':
      return choice.names.includes(name);
    default:
      return true;
  }
}

/** Beside tools the form of the answer stands in a message of the system, behind those at the beginning. */
const formIsSaid: Approximation = (request) => {
  const { output, messages } = request;
  if (output === null) return request;
  const only = 'Call tools where you need them. What you answer in the end must be one JSON object and nothing else.';
  const schema = output.kind === 'json' ? '' : ` It must fit this JSON Schema:\n${JSON.stringify(output.schema)}`;
  const first = messages.findIndex(({ role }) => role !== 'system');
  const said: Message = { role: 'system', content: [textPart(only + schema)] };
  return { ...request, messages: messages.toSpliced(first < 0 ? messages.length : first, 0, said) };
};

/** A function always has parameters, and no word for being strict. */
const plainFunctions: Approximation = (request) =>
  mapTools(request, (tool) => [
    tool.kind === 'function'
      ? { ...tool, strict: null, parameters: tool.parameters ?? { type: 'object', properties: {} } }
      : tool,
  ]);

const customTools = customToolsAreFunctions((tool) => {
  if (tool.kind !== 'custom') throw new Error('not a custom tool');
  const { name, description, format } = tool;
  const form = format === null ? {} : { description: `In this form: ${JSON.stringify(format)}` };
  const input = { type: 'string', ...form };
  const parameters = { type: 'object', properties: { input }, required: ['input'] };
  return { kind: 'function', name, description, parameters, strict: null, namespace: null, cache: null };
});

/** Each message has one text and, before it, its images and sounds; what it thought is a text too, before both. */
const oneTextForEach: Approximation = (request) =>
  mapMessages(request, (message): readonly Message[] => {
    switch (message.role) {
      case 'system':
        return [{ ...message, content: joinedTexts('\n')(message.content) }];
      case 'user':
        return [{ ...message, content: mediaFirst(message.content, '\n') }];
      case 'assistant': {
        const thoughts = message.content.filter((part) => part.type === 'reasoning');
        const calls = message.content.filter((part) => part.type === 'tool_call');
        const spoken = message.content.filter((part) => part.type === 'text');
        return [{ ...message, content: [...thoughts, ...joinedTexts('')(spoken), ...calls] }];
      }
      default: {
        const results = message.results.map((result) => ({
          ...result,
          content: mediaFirst(result.content, '\n').filter((part) => part.type !== 'audio'),
        }));
        return [{ ...message, results }];
      }
    }
  });

type Parts = readonly UserPart[];

function mediaFirst(parts: Parts, separator: string): (ImagePart | AudioPart | TextPart)[] {
  const images = parts.flatMap((part) => (part.type === 'image' || part.type === 'audio' ? [part] : []));
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part] : textOfFile(part)));
  const plain = images.map((part) => (part.type === 'image' ? { ...part, detail: null } : part));
  return [...plain, ...joinedTexts(separator)(texts)];
}

/** A file of plain text is text. */
function textOfFile(part: UserPart): TextPart[] {
  if (part.type !== 'file' || part.source.kind !== 'text') return [];
  return [{ type: 'text', text: part.source.text, cache: null, state: null }];
}

/** No state of anyone is read back from a model of one's own machine. */
const withoutStates: Approximation = (request) =>
  mapMessages(request, (message) =>
    message.role !== 'assistant'
      ? [message]
      : [
          {
            ...message,
            content: message.content.map((part) => ('state' in part ? { ...part, state: null } : part)),
          },
        ],
  );

/** Most models know on and off; on is what Ollama calls medium, and thoughts are shown. */
const thinkingIsOnOrOff: Approximation = (request) => {
  const { reasoning } = request;
  if (reasoning === null || (reasoning.effort === null && reasoning.budgetTokens === null)) {
    return { ...request, reasoning: null };
  }
  const isOff = reasoning.effort === 'none';
  const wish = { effort: isOff ? 'none' : 'medium', budgetTokens: null, shown: isOff ? null : true } as const;
  return { ...request, reasoning: wish };
};

export const OLLAMA: DialectLaws = {
  dialect: ollama,
  droppable: [...DROPPED_NAMES, 'tools.elsewhere'],
  requests: {
    models: ['qwen3:8b', 'someone/models:7b'],
    contents: ['image-base64', 'audio', 'file-text'],
    resultContents: ['image-base64'],
    providerTools: [],
    reasoningStates: [],
    callStates: [],
  },
  refuses: ['image-url', 'file-url', 'file-pdf', 'video'],
  answers: { customTools: false, reasoningStates: [] },
  asSpoken: (request, dropped) =>
    all(
      choiceIsWhatIsOffered,
      dropped.includes('response_format') ? formIsSaid : (one) => one,
      withoutDropped(dropped),
      withoutCacheKey,
      (one) => ({ ...one, parallelToolCalls: null }),
      withoutForeignTools,
      customTools,
      plainFunctions,
      withoutCacheMarks,
      withoutStates,
      oneTextForEach,
      errorsInText('Error: '),
      thinkingIsOnOrOff,
      namelessSchema,
      usageIsAlwaysTold,
    )(request),
  modelDependent: [],
  withoutOwn: (request) => {
    // The size of the context is for the gateway to choose.
    const { options, ...fields } = request.extras.fields;
    const others = restOf(isObject(options) ? options : {}, new Set(['num_ctx']));
    const rest = Object.keys(others).length === 0 ? fields : { ...fields, options: others };
    return { ...request, extras: { ...request.extras, fields: rest } };
  },
  usageTold: ['inputTokens', 'outputTokens'],
  keepsCallIds: true,
  finishTold: (reason) => (reason === 'content_filter' ? 'stop' : reason),
  wire: wireOfFront(frontOf(ollama)),
};
