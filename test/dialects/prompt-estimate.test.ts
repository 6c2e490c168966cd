import { describe, expect, it } from 'vitest';
import { emptyRequest } from '../../src/canonical/request.ts';
import { estimatePromptTokens } from '../../src/dialects/prompt-estimate.ts';
import { textPart } from '../../src/canonical/parts.ts';
import type { CanonicalRequest, Message } from '../../src/canonical/request.ts';
import type { UserPart } from '../../src/canonical/parts.ts';

function tokensOf(changes: Partial<CanonicalRequest>): number {
  return estimatePromptTokens({ ...emptyRequest('m', 'openai-chat'), ...changes });
}

const user = (...content: UserPart[]): Message => ({ role: 'user', content });
const base64 = (data: string, mediaType: string) => ({ kind: 'base64', mediaType, data }) as const;

describe('the guess of a prompt', () => {
  it('counts the bytes of a text, those of other scripts too', () => {
    expect(tokensOf({})).toBe(0);
    expect(tokensOf({ messages: [user(textPart('x'.repeat(3_000)))] })).toBe(1_004);
    expect(tokensOf({ messages: [user(textPart('語'.repeat(1_000)))] })).toBe(1_004);
  });

  it('does not count the bytes of an image', () => {
    const image = (data: string): UserPart => {
      return { type: 'image', source: base64(data, 'image/png'), detail: null, cache: null };
    };
    const small = tokensOf({ messages: [user(image('AAAA'))] });
    expect(tokensOf({ messages: [user(image('A'.repeat(4_000_000)))] })).toBe(small);
    expect(tokensOf({ messages: [user(image('AAAA'), image('AAAA'))] })).toBeGreaterThan(1.9 * small - 10);
  });

  it('counts calls, their results, and tools with their schemas', () => {
    const call = { type: 'tool_call', id: 'c', kind: 'function', state: null, cache: null } as const;
    const result = { callId: 'c', name: null, isError: null, cache: null };
    const messages: Message[] = [
      { role: 'assistant', content: [{ ...call, name: 'f', arguments: 'x'.repeat(300) }] },
      { role: 'tool', results: [{ ...result, content: [textPart('x'.repeat(600))] }] },
    ];
    expect(tokensOf({ messages })).toBeGreaterThan(300);
    const schema = { type: 'object', description: 'x'.repeat(900) };
    const tool = { kind: 'function', name: 'f', description: 'd', parameters: schema, strict: null } as const;
    expect(tokensOf({ tools: [{ ...tool, namespace: null, cache: null }] })).toBeGreaterThan(300);
    const output = { kind: 'schema', schema, name: null, description: null, strict: null } as const;
    expect(tokensOf({ output })).toBeGreaterThan(300);
  });

  it('counts a document by its size, as text where it is text', () => {
    const file = (source: Extract<UserPart, { type: 'file' }>['source']): UserPart => {
      return { type: 'file', source, filename: null, cache: null };
    };
    const pdf = tokensOf({ messages: [user(file(base64('A'.repeat(1_000_000), 'application/pdf')))] });
    expect(pdf).toBeGreaterThan(10_000);
    expect(pdf).toBeLessThan(100_000);
    expect(tokensOf({ messages: [user(file({ kind: 'text', text: 'x'.repeat(3_000) }))] })).toBe(1_004);
  });
});
