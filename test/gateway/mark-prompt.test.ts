import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textPart } from '../../src/canonical/parts.ts';
import type { CacheMark } from '../../src/canonical/parts.ts';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import { emptyRequest } from '../../src/canonical/request.ts';
import type { CanonicalRequest, FunctionTool, Message } from '../../src/canonical/request.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { bedrockConverse } from '../../src/dialects/bedrock-converse/index.ts';
import { markPrompt } from '../../src/gateway/mark-prompt.ts';

const system: Message = { role: 'system', content: [textPart('Be brief.')] };
const says = (text: string): Message => ({ role: 'user', content: [textPart(text)] });
const calls = (...ids: string[]): Message => ({
  role: 'assistant',
  content: ids.map((id) => {
    return { type: 'tool_call', id, name: 'look', arguments: '{}', kind: 'function', state: null, cache: null };
  }),
});
const answered: Message = { role: 'assistant', content: [textPart('Yes.')] };
const results = (...ids: string[]): Message => ({
  role: 'tool',
  results: ids.map((callId) => ({ callId, name: null, content: [textPart('seen')], isError: null, cache: null })),
});
const tool = (name: string, cache: CacheMark | null = null): FunctionTool => {
  return { kind: 'function', name, description: null, parameters: null, strict: null, namespace: null, cache };
};

function asked(messages: readonly Message[], more: Partial<CanonicalRequest> = {}): CanonicalRequest {
  return { ...emptyRequest('claude-sonnet-4-6', 'openai-chat'), messages, maxOutputTokens: 100, ...more };
}

const TARGET = {
  model: 'claude-sonnet-4-6',
  quirks: PLAIN_QUIRKS,
  maxOutputTokens: null,
  contextTokens: null,
  loadedContextTokens: null,
};

/** Where marks stand in what is sent to Anthropic, in the order of the prompt. */
function marksIn(request: CanonicalRequest): readonly string[] {
  const { body } = anthropicMessages.back.encodeRequest(request, TARGET);
  const places: string[] = [];
  JSON.stringify({ tools: body['tools'], system: body['system'], messages: body['messages'] }, function (key, value) {
    const holder = this as Record<string, unknown>;
    if (key === 'cache_control' && value !== undefined) {
      const { name, text, tool_use_id: id } = holder;
      places.push(String(name ?? text ?? id));
    }
    return value as unknown;
  });
  return places;
}

const agent = asked([system, says('Go.'), calls('a', 'b'), results('a', 'b'), calls('c'), results('c')], {
  tools: [tool('look'), tool('write')],
});

describe('a conversation that goes on', () => {
  it.each<[string, CanonicalRequest, readonly string[]]>([
    ['an agent’s', agent, ['Be brief.', 'b', 'c']],
    ['its second request', asked(agent.messages.slice(0, 4), { tools: agent.tools }), ['Be brief.', 'Go.', 'b']],
    ['without a system', { ...agent, messages: agent.messages.slice(1) }, ['write', 'b', 'c']],
    [
      'of three questions',
      asked([system, says('1'), answered, says('2'), answered, says('3')]),
      ['Be brief.', '2', '3'],
    ],
    [
      'with a question behind the results',
      asked([says('1'), calls('a'), results('a'), says('And?')], { tools: [tool('look')] }),
      ['look', '1', 'And?'],
    ],
  ])('%s is marked', (_, request, places) => {
    expect(marksIn(markPrompt(request))).toEqual(places);
    expect(JSON.stringify(markPrompt(request))).not.toContain('1h');
  });

  it('is marked at its texts, and not where nothing is said', () => {
    const image = { type: 'image', detail: null, cache: null } as const;
    const source = { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } as const;
    const seen: Message = { role: 'user', content: [textPart('Look:'), { ...image, source }, textPart(' ')] };
    const request = asked([says('1'), answered, says('2'), answered, seen]);
    expect(marksIn(markPrompt(request))).toEqual(['2', 'Look:']);
  });

  it('is marked for Claude on Bedrock too', () => {
    const { back } = bedrockConverse;
    const { body, dropped } = back.encodeRequest(markPrompt(agent), { ...TARGET, model: 'anthropic.claude-opus-5' });
    expect(JSON.stringify(body).match(/"cachePoint":\{"type":"default"\}/g)).toHaveLength(3);
    expect(JSON.stringify(body)).toContain('{"system":[{"text":"Be brief."},{"cachePoint":{"type":"default"}}]');
    expect(dropped).toEqual([]);
  });

  it('has three marks at most, whatever is said in it', () => {
    const message = fc.constantFrom(system, says('Hm?'), says(' '), answered, calls('a'), results('a'));
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), fc.boolean(), (messages, hasTools) => {
        const marked = markPrompt(asked(messages, { tools: hasTools ? [tool('look'), tool('write')] : [] }));
        const written = JSON.stringify(marked).match(/"cache":"5m"/g) ?? [];
        expect(written.length).toBeLessThanOrEqual(3);
        expect(JSON.parse(JSON.stringify(marked).replaceAll('"cache":"5m"', '"cache":null'))).toEqual(
          JSON.parse(
            JSON.stringify(asked(messages, { tools: marked.tools.map((one) => tool((one as FunctionTool).name)) })),
          ),
        );
      }),
    );
  });
});

describe('a request is left as it is', () => {
  const ownMarks = agent.messages.map((message): Message => {
    return message.role === 'system' ? { ...message, content: [textPart('Be brief.', '1h')] } : message;
  });
  const ofAnthropic = { origin: 'anthropic-messages', fields: {} } as const;

  it.each<[string, CanonicalRequest]>([
    ['a single question', asked([system, says('Hi')])],
    ['a single question with tools', asked([system, says('Hi')], { tools: [tool('look')] })],
    ['a second question', asked([system, says('Hi'), answered, says('And?')])],
    ['questions that were never answered', asked([says('1'), says('2'), says('3')])],
    ['one with a mark of its own', { ...agent, messages: ownMarks }],
    ['one with a mark on a tool', { ...agent, tools: [tool('look', '5m'), tool('write')] }],
    ['one of a client that knows marks', { ...agent, extras: ofAnthropic }],
    ['nothing', asked([])],
  ])('%s', (_, request) => {
    expect(markPrompt(request)).toBe(request);
  });
});

it('is asked for by models of Anthropic’s and of Bedrock’s that cache what is marked', () => {
  const anthropic = anthropicMessages.back.cachesMarked;
  const bedrock = bedrockConverse.back.cachesMarked;
  expect(['claude-sonnet-4-6', 'my-deployment'].map((model) => anthropic?.(model))).toEqual([true, true]);
  const models = ['eu.anthropic.claude-opus-5', 'amazon.nova-pro-v1:0', 'meta.llama3-70b', 'openai.gpt-oss-20b-1:0'];
  expect(models.map((model) => bedrock?.(model))).toEqual([true, false, false, false]);
});
