import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

const files = (): readonly string[] => readdirSync(DIST).filter((name) => name.endsWith('.js'));
const textOf = (name: string): string => readFileSync(join(DIST, name), 'utf8');

it('no file of the bundle has a character beyond Latin-1, with which Node keeps all of its text twice as large', () => {
  expect(files().length).toBeGreaterThan(0);
  expect(files().filter((name) => /[^\0-\xff]/.test(textOf(name)))).toEqual([]);
});

it('the line and column that a stack names are a place that can be found', () => {
  // No line ends within a template or a regular expression; the longest one is 14,000 characters.
  const longest = (name: string): number =>
    Math.max(
      ...textOf(name)
        .split('\n')
        .map((line) => line.length),
    );
  expect(files().filter((name) => longest(name) > 20_000)).toEqual([]);
});
