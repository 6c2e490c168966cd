import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

it('no file of the bundle has a character beyond Latin-1, with which Node keeps all of its text twice as large', () => {
  const files = readdirSync(DIST).filter((name) => name.endsWith('.js'));
  expect(files.length).toBeGreaterThan(0);
  const isLarge = (name: string): boolean => /[^\0-\xff]/.test(readFileSync(join(DIST, name), 'utf8'));
  expect(files.filter(isLarge)).toEqual([]);
});
