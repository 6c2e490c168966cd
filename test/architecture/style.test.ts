import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { forEachNode, placeOf, ROOT, sourcesBelow } from './sources.ts';
import type { Source } from './sources.ts';

const MAX_FILE_LINES = 300;
const MAX_LINE_LENGTH = 120;
/** Names of folders that say nothing of what is in them. */
const EMPTY_WORDS = ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'shared', 'lib'];

const sources = sourcesBelow('src');
const tests = sourcesBelow('test');

describe('every file of src/', () => {
  it(`has at most ${MAX_FILE_LINES} lines`, () => {
    const long = sources.filter(({ text }) => text.trimEnd().split('\n').length > MAX_FILE_LINES);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it(`has lines of at most ${MAX_LINE_LENGTH} characters`, () => {
    expect(linesWith(sources, (line) => line.length > MAX_LINE_LENGTH)).toEqual([]);
  });

  it('exports by name', () => {
    expect(
      nodesWith(
        sources,
        (node) =>
          (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent)) ||
          ts.isExportAssignment(node),
      ),
    ).toEqual([]);
  });

  it('is in a folder that says what is in it, and has a name in small letters', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true, recursive: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.filter(({ name }) => EMPTY_WORDS.includes(name)).map(({ name }) => name)).toEqual([]);
    expect(sources.filter(({ path }) => !/^[a-z0-9/.-]+$/.test(path)).map(({ path }) => path)).toEqual([]);
  });
});

describe('every file of src/ and test/', () => {
  const all = [...sources, ...tests];

  it('says what a value is: no `any`', () => {
    expect(nodesWith(all, (node) => node.kind === ts.SyntaxKind.AnyKeyword)).toEqual([]);
  });

  it('proves that a value is there: no `!`', () => {
    expect(nodesWith(all, ts.isNonNullExpression)).toEqual([]);
  });

  it('is finished: nothing left to do in comments', () => {
    const marks = ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'];
    expect(linesWith(all, (line) => marks.some((mark) => new RegExp(`\\b${mark}\\b`).test(line)))).toEqual([]);
  });

  it('runs: no test runs alone, and one that cannot run says why', () => {
    expect(linesWith(tests, (line) => /\b(it|test|describe)\.(only|todo|fails)\b/.test(line))).toEqual([]);
    const silent = linesWith(tests, (line, before) => {
      return /\b(it|test|describe)\.skip\b/.test(line) && !before.some((said) => said.includes('skipped: '));
    });
    expect(silent).toEqual([]);
  });
});

function linesWith(files: readonly Source[], test: (line: string, before: readonly string[]) => boolean): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split('\n');
    return lines.flatMap((line, index) => {
      const before = lines.slice(Math.max(0, index - 3), index);
      return test(line, before) ? [`${path}:${index + 1}`] : [];
    });
  });
}

function nodesWith(files: readonly Source[], test: (node: ts.Node) => boolean): string[] {
  const places: string[] = [];
  for (const source of files) {
    forEachNode(source.tree, (node) => {
      if (test(node)) places.push(placeOf(source, node));
    });
  }
  return places;
}
