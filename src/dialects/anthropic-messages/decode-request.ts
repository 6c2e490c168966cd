import type { JsonObject } from '../../canonical/parts.ts';
import { EFFORTS, emptyRequest, NO_SAMPLING } from '../../canonical/request.ts';
import type { CanonicalRequest, Effort, Message, OutputFormat, ReasoningWish } from '../../canonical/request.ts';
import { countField, listField, neededObject, neededText, numberField } from '../fields.ts';
import { objectField, objectsField, restOf, textField, wrong } from '../fields.ts';
import { decodeAssistantContent, decodeSystem, decodeUserContent } from './decode-content.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { ORIGIN } from './states.ts';
import { toolsAtTheEnd } from './tool-changes.ts';

// prettier-ignore
const KNOWN = new Set([
  'model', 'stream', 'system', 'messages', 'tools', 'tool_choice', 'max_tokens', 'stop_sequences', 'temperature',
  'top_p', 'top_k', 'thinking', 'output_config', 'output_format', 'metadata', 'service_tier',
]);

/**
 * A body of `/v1/messages` or `/v1/messages/count_tokens`. More is taken than the API takes: no `max_tokens`, messages
 * of the role `system` at any place (Claude Code sends one behind the first message of the user, its content now a text
 * and now blocks), empty messages.
 */
export function decodeRequest(
  body: JsonObject,
  asked: { readonly model: string; readonly stream: boolean },
): CanonicalRequest {
  const system = decodeSystem(body['system'], 'system');
  const { choice, parallel } = decodeToolChoice(body);
  const tier = textField(body, 'service_tier', '');
  return {
    ...emptyRequest(asked.model, ORIGIN),
    stream: asked.stream,
    streamUsage: true,
    messages: [...(system.length === 0 ? [] : [{ role: 'system', content: system } as const]), ...decodeMessages(body)],
    tools: toolsAtTheEnd(decodeTools(body), body),
    toolChoice: choice,
    parallelToolCalls: parallel,
    output: decodeOutput(body),
    reasoning: decodeReasoning(body),
    sampling: {
      ...NO_SAMPLING,
      temperature: numberField(body, 'temperature', ''),
      topP: numberField(body, 'top_p', ''),
      topK: countField(body, 'top_k', ''),
    },
    maxOutputTokens: countField(body, 'max_tokens', ''),
    stop: decodeStop(body),
    user: textField(objectField(body, 'metadata', '') ?? {}, 'user_id', 'metadata'),
    // `standard_only` is what others call `default`: no priority, whatever was bought.
    serviceTier: tier === 'standard_only' ? 'default' : tier,
    extras: { origin: ORIGIN, fields: extraFields(body) },
  };
}

function decodeMessages(body: JsonObject): readonly Message[] {
  const messages = objectsField(body, 'messages', '');
  if (messages === null) return wrong('messages', 'must be a list');
  return messages.flatMap((message, index) => decodeMessage(message, `messages[${index}]`));
}

function decodeMessage(message: JsonObject, path: string): readonly Message[] {
  const content = message['content'];
  const at = `${path}.content`;
  switch (neededText(message, 'role', path)) {
    case 'system': {
      const parts = decodeSystem(content, at);
      return parts.length === 0 ? [] : [{ role: 'system', content: parts }];
    }
    case 'assistant': {
      const parts = decodeAssistantContent(content, at);
      return parts.length === 0 ? [] : [{ role: 'assistant', content: parts }];
    }
    case 'user': {
      const { results, parts } = decodeUserContent(content, at);
      return [
        ...(results.length === 0 ? [] : [{ role: 'tool', results } as const]),
        ...(parts.length === 0 ? [] : [{ role: 'user', content: parts } as const]),
      ];
    }
    default:
      return wrong(`${path}.role`, 'must be user, assistant or system');
  }
}

/** `output_config.format`, or `output_format`, as it was called before. */
function decodeOutput(body: JsonObject): OutputFormat | null {
  const config = objectField(body, 'output_config', '');
  const format = config === null ? null : objectField(config, 'format', 'output_config');
  const given = format ?? objectField(body, 'output_format', '');
  if (given === null) return null;
  const path = format === null ? 'output_format' : 'output_config.format';
  if (given['type'] !== 'json_schema') return wrong(`${path}.type`, 'must be json_schema');
  return {
    kind: 'schema',
    schema: neededObject(given, 'schema', path),
    name: null,
    description: null,
    strict: null,
  };
}

function decodeReasoning(body: JsonObject): ReasoningWish | null {
  const thinking = objectField(body, 'thinking', '');
  const effort = decodeEffort(objectField(body, 'output_config', ''));
  if (thinking === null) return effort === null ? null : { effort, budgetTokens: null, shown: null };
  const shown = shownBy(textField(thinking, 'display', 'thinking'));
  switch (neededText(thinking, 'type', 'thinking')) {
    case 'enabled':
      return { effort, budgetTokens: countField(thinking, 'budget_tokens', 'thinking'), shown };
    case 'adaptive':
      return { effort, budgetTokens: null, shown };
    case 'disabled':
      return { effort: 'none', budgetTokens: null, shown };
    case 'between_tools':
      return { effort: 'minimal', budgetTokens: null, shown };
    default:
      return wrong('thinking.type', 'must be enabled, adaptive, between_tools or disabled');
  }
}

function decodeEffort(config: JsonObject | null): Effort | null {
  const effort = config === null ? null : textField(config, 'effort', 'output_config');
  if (effort === null) return null;
  return (
    EFFORTS.find((known) => known === effort) ?? wrong('output_config.effort', `must be one of ${EFFORTS.join(', ')}`)
  );
}

function shownBy(display: string | null): boolean | null {
  return display === null ? null : display !== 'omitted';
}

function decodeStop(body: JsonObject): readonly string[] {
  return (listField(body, 'stop_sequences', '') ?? []).map((sequence, index) =>
    typeof sequence === 'string' ? sequence : wrong(`stop_sequences[${index}]`, 'must be a string'),
  );
}

/** What nobody else has a word for, with the rest of the objects of which only a part was understood. */
function extraFields(body: JsonObject): JsonObject {
  const config = restOf(objectField(body, 'output_config', '') ?? {}, new Set(['effort', 'format']));
  const metadata = restOf(objectField(body, 'metadata', '') ?? {}, new Set(['user_id']));
  return {
    ...restOf(body, KNOWN),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}
