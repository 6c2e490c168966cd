import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyRequest } from '../../src/canonical/request.ts';
import type { CanonicalRequest, FunctionTool } from '../../src/canonical/request.ts';
import { COMMON_NAMES, GEMINI_NAMES, toolNamesFor } from '../../src/dialects/tool-names.ts';

function requestWith(names: readonly string[]): CanonicalRequest {
  const tools = names.map((name): FunctionTool => ({
    kind: 'function',
    name,
    description: null,
    parameters: null,
    strict: null,
    namespace: null,
    cache: null,
  }));
  return { ...emptyRequest('m', 'openai-chat'), tools };
}

const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  // Many of these become the same.
  fc.stringMatching(/^[a_ .-]{1,3}$/),
  fc.constantFrom('x'.repeat(64), `${'x'.repeat(64)}y`, `${'x'.repeat(62)}_2`),
);

describe.each([
  ['the common rule', COMMON_NAMES, /^[a-zA-Z0-9_-]{1,64}$/],
  ["Gemini's rule", GEMINI_NAMES, /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/],
])('names of tools by %s', (_rule, rule, allowed) => {
  it('are allowed, differ from each other, and are found back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
        const { sent, original } = toolNamesFor(requestWith(names), rule);
        const all = names.map(sent);
        for (const one of all) expect(one).toMatch(allowed);
        expect(new Set(all).size).toBe(names.length);
        expect(all.map(original)).toEqual(names);
      }),
    );
  });

  it('stay as they are where they may', () => {
    const names = toolNamesFor(requestWith(['get_weather', 'read-file']), rule);
    expect([names.sent('get_weather'), names.original('read-file')]).toEqual(['get_weather', 'read-file']);
  });

  it('of the history alone are made to fit, too', () => {
    expect(toolNamesFor(requestWith([]), rule).sent('mcp files/read')).toBe('mcp_files_read');
  });
});

describe('the names of a request', () => {
  it('are worked out once, though three ask for them, and not at all where there are no tools', () => {
    const request = requestWith(['a.b', 'a b']);
    expect(toolNamesFor({ ...request }, COMMON_NAMES)).toBe(toolNamesFor(request, COMMON_NAMES));
    expect(toolNamesFor(request, GEMINI_NAMES).sent('a.b')).toBe('a.b');
    expect(toolNamesFor(requestWith([]), COMMON_NAMES)).toBe(toolNamesFor(requestWith([]), COMMON_NAMES));
    expect(toolNamesFor(requestWith([]), COMMON_NAMES).sent('a.b')).toBe('a_b');
  });
});
