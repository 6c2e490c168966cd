import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readProjectFile } from '../../src/config/project-file.ts';
import type { ProjectFileFound } from '../../src/config/project-file.ts';
import { ConfigError } from '../../src/config/problem.ts';

let home: string;
let project: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'llmgw-project-'));
  project = join(home, 'work', 'project');
  mkdirSync(join(project, 'src', 'deep'), { recursive: true });
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const userId = process.getuid?.() ?? null;
const read = (startFolder: string): ProjectFileFound => readProjectFile({ startFolder, home, userId });
const write = (text: string, folder = project): string => {
  const file = join(folder, '.llmgw.yaml');
  writeFileSync(file, text);
  return file;
};

describe('.llmgw.yaml', () => {
  it('is found at and above the folder, the nearest one', () => {
    expect(read(join(project, 'src', 'deep'))).toEqual({ project: null, warnings: [] });
    const above = write('profile: prod\n', home);
    expect(read(join(project, 'src'))).toEqual({ project: { file: above, profile: 'prod' }, warnings: [] });
    const near = write('profile: dev\n');
    expect(read(join(project, 'src', 'deep')).project).toEqual({ file: near, profile: 'dev' });
    expect(read(project).project).toEqual({ file: near, profile: 'dev' });
  });

  it('is not looked for above the home folder', () => {
    write('profile: prod\n', home);
    expect(readProjectFile({ startFolder: project, home: join(home, 'work'), userId }).project).toBeNull();
  });

  it.each(['', '# nothing\n', '{}'])('that says nothing (%j) chooses nothing', (text) => {
    const file = write(text);
    expect(read(project).project).toEqual({ file, profile: null });
  });

  it.each([
    ['profil: dev', '1:1: profil: is not a key here; did you mean `profile`?'],
    ['server: {port: 1}', '1:1: server: is not a key here; the keys are profile'],
    ['profile: DEV', '1:10: profile: `DEV` is no profile name; use small letters, digits and -, a letter first'],
    ['profile:', '1:1: profile: has no value; give it one, or take the line out'],
    ['profile: [dev]', '1:10: profile: must be a text (in quotes if it looks like something else)'],
    [
      'profile: ${HOME}',
      '1:10: profile: `${HOME}` is no profile name; use small letters, digits and -, a letter first',
    ],
    ['- dev', '1:1: must be a map of keys and values'],
    ['profile: v1', '1:10: profile: `v1` begins a path of ours; choose another'],
  ])('%j is a mistake', (text, expected) => {
    const file = write(text);
    expect(() => read(project)).toThrow(ConfigError);
    expect(() => read(project)).toThrow(`${file}:${expected}`);
  });

  describe.skipIf(userId === null)('that somebody else could have put there', () => {
    it('is left alone with a warning: in a folder that all can write', () => {
      const file = write('profile: prod\n');
      chmodSync(project, 0o777);
      const warnings = [`${file} is left alone: every user can write the folder ${project}.`];
      expect(read(join(project, 'src'))).toEqual({ project: null, warnings });
    });

    it('is left alone with a warning: a file that all can write, a link to one', () => {
      const file = write('profile: prod\n');
      chmodSync(file, 0o666);
      expect(read(project).warnings).toEqual([`${file} is left alone: every user can write the file.`]);
      const link = join(project, 'src', '.llmgw.yaml');
      symlinkSync(file, link);
      expect(read(join(project, 'src')).warnings).toEqual([
        `${link} is left alone: every user can write what it links to.`,
      ]);
    });

    it('is left alone with a warning: a folder of another user', () => {
      const file = write('profile: prod\n');
      const found = readProjectFile({ startFolder: project, home, userId: (userId ?? 0) + 1 });
      expect(found).toEqual({
        project: null,
        warnings: [`${file} is left alone: the folder ${project} belongs to another user.`],
      });
    });

    it.runIf(userId === 0)('is left alone with a warning: a file of another user (tried as root only)', () => {
      const file = write('profile: prod\n');
      chownSync(file, 12_345, 12_345);
      expect(read(project).warnings).toEqual([`${file} is left alone: the file belongs to another user.`]);
    });
  });
});
