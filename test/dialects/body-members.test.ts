import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { withoutMember } from '../../src/dialects/body-members.ts';

const TOOLS = { tools: [{ function: { name: 'a', strict: true } }, { function: { name: 'b', strict: true } }, 'odd'] };

describe('withoutMember', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['seed', { seed: 1, n: 2 }, { n: 2 }],
    ['generationConfig.topK', { generation_config: { top_k: 1, topP: 1 } }, { generation_config: { topP: 1 } }],
    ['tools[*].function.strict', TOOLS, { tools: [{ function: { name: 'a' } }, { function: { name: 'b' } }, 'odd'] }],
    ['tools[1].function.strict', TOOLS, { tools: [TOOLS.tools[0], { function: { name: 'b' } }, 'odd'] }],
    ['tools[0]', TOOLS, { tools: [TOOLS.tools[1], 'odd'] }],
    ['a[*][0].b', { a: [[{ b: 1, c: 2 }], [{ b: 3 }, { b: 4 }]] }, { a: [[{ c: 2 }], [{}, { b: 4 }]] }],
  ])('%s', (path, body, expected) => {
    expect(withoutMember(body, path)).toEqual(expected);
  });

  it.each(['tool', 'tools.function', 'tools[9].function', 'tools[*].function.other', 'tools[*].name.x', 'x[*]'])(
    '%s is not there, so it is the same body',
    (path) => {
      expect(withoutMember(TOOLS, path)).toBe(TOOLS);
    },
  );
});
