import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { expect, it } from 'vitest';

const source = readFileSync(new URL('../../src/daemon/heap.ts', import.meta.url), 'utf8');
const { code } = transformSync(source, { loader: 'ts', format: 'esm' });

/** What lives long enough to leave the young generation, and is let go of then: as requests under way are. */
const WORK = `
  import { getHeapSpaceStatistics } from 'node:v8';
  const kept = Array.from({ length: 600_000 }, (_, number) => ({ number, text: 'kept' + number }));
  const underWay = [];
  const sizes = [];
  for (let count = 0; count < 4_000_000; count++) {
    underWay[count % 100_000] = { count, body: [count] };
    if (count < 2_000_000 || count % 20_000 !== 0) continue;
    sizes.push(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space').space_size);
  }
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  console.log(JSON.stringify({ mean, kept: kept.length }));`;

/** In MB, the mean of what the old generation holds in a process of its own. */
function oldMb(begin: string): number {
  const script = `${code}\n${begin}\n${WORK}`;
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return (JSON.parse(text) as { mean: number }).mean / 1e6;
}

it('what is let go of does not pile up to a multiple of what is used', { timeout: 60_000 }, () => {
  const asItIs = oldMb('');
  expect(oldMb('keepHeapSmall();')).toBeLessThan(asItIs * 0.75);
});
