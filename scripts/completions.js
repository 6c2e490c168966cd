// Writes completions/ from the command tree of the program as it is built: run it after a command or an option changed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'completions');
const files = { bash: 'llmgw.bash', zsh: '_llmgw', fish: 'llmgw.fish' };

execFileSync(process.execPath, [join(root, 'scripts', 'build.js'), '--if-stale'], { stdio: 'inherit' });
mkdirSync(folder, { recursive: true });
for (const [shell, file] of Object.entries(files)) {
  const script = execFileSync(process.execPath, [join(root, 'bin', 'llmgw.js'), 'completion', shell]);
  writeFileSync(join(folder, file), script);
}
