import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nodeProblem } from '../../src/cli/node-version.ts';

it.each(['20.18.1', '20.20.2', '22.13.0', '22.23.3'])('runs on Node %s', (version) => {
  expect(nodeProblem(version)).toBeNull();
});

it.each(['24.0.0', '24.21.0', '26.1.0'])('says what to do on Node %s', (version) => {
  expect(nodeProblem(version)).toContain('Run it with Node 22.');
});

it('agrees with the versions that package.json asks for', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  const majors = [...engines.node.matchAll(/\^(\d+)/g)].map((match) => `${match[1] ?? ''}.99.0`);
  expect(majors.map(nodeProblem)).toEqual(majors.map(() => null));
});
