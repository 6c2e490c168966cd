import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/canonical/errors.ts';
import { forEachNode, ROOT, sourcesBelow } from './sources.ts';

const rows = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('the table of errors', () => {
  it('has no code that nothing answers with', () => {
    const used = new Set<string>();
    for (const source of sourcesBelow('src')) {
      if (source.path === 'src/canonical/errors.ts') continue;
      forEachNode(source.tree, (node) => {
        if (ts.isStringLiteralLike(node)) used.add(node.text);
      });
    }
    expect(Object.keys(ERRORS).filter((code) => !used.has(code))).toEqual([]);
  });

  it('is the list in docs/errors.md, in the same order', () => {
    expect(rows.map(([code]) => code)).toEqual(Object.keys(ERRORS).map((code) => `\`${code}\``));
  });

  it.each(Object.entries(ERRORS))('has %s in the list as it is', (code, { status, type, source, retryable, hint }) => {
    const [, ...facts] = rows.find(([name]) => name === `\`${code}\``) ?? [];
    const meaning = facts.at(-1) ?? '';
    expect(facts.slice(0, -1)).toEqual([`${status}`, `\`${type}\``, source, retryable ? 'yes' : 'no']);
    // A meaning is a sentence of its own; what the table hints at stands after it, word for word.
    expect(meaning).toMatch(/^[A-Z`].{15,}\.$/);
    expect(meaning.endsWith(hint === null ? '' : ` ${hint}`)).toBe(true);
  });
});
