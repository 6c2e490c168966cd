import { cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadDatabase } from '../../src/ledger/database.ts';
import { temporaryFolder } from './attempts.ts';

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** An installation of llmgw whose better-sqlite3 has no compiled part, or what `binary` writes in its place. */
function installation(binary: Buffer | null): { folder: string; entry: string } {
  const folder = realpathSync(temporaryFolder());
  for (const name of ['better-sqlite3/lib', 'better-sqlite3/package.json', 'bindings', 'file-uri-to-path']) {
    cpSync(join(PACKAGES, name), join(folder, 'node_modules', name), { recursive: true });
  }
  if (binary !== null) {
    const release = join(folder, 'node_modules', 'better-sqlite3', 'build', 'Release');
    mkdirSync(release, { recursive: true });
    writeFileSync(join(release, 'better_sqlite3.node'), binary);
  }
  return { folder, entry: pathToFileURL(join(folder, 'dist', 'cli.js')).href };
}

describe('better-sqlite3 without its compiled part', () => {
  it.each([
    ['missing', null],
    ['not a library for this system', Buffer.from('not a library')],
  ])('is one sentence with the command to run: %s', (_, binary) => {
    const { folder, entry } = installation(binary);
    expect(() => loadDatabase(entry)).toThrow(
      expect.objectContaining({
        name: 'NativeBindingMissingError',
        message:
          `the compiled part of better-sqlite3 is missing or is for another Node than ${process.version}: ` +
          `run \`npm rebuild better-sqlite3\` in ${folder}`,
      }),
    );
  });

  it('is the same when the package itself is missing', () => {
    const folder = realpathSync(temporaryFolder());
    const entry = pathToFileURL(join(folder, 'dist', 'cli.js')).href;
    expect(() => loadDatabase(entry)).toThrow('npm rebuild better-sqlite3');
  });
});
