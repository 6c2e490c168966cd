import { nodeProblem } from './node-version.ts';

const USAGE_ERROR = 2;
const FAILED = 1;

// Whoever reads has gone away, as `head` does: what is still written goes nowhere, and that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

const problem = nodeProblem(process.versions.node);
if (problem === null) await run();
else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = FAILED;
}

async function run(): Promise<void> {
  const [command, ...words] = process.argv.slice(2);
  try {
    // A person waits for it in the middle of a word: the commands are not made for that.
    if (command === 'complete-values') await printValues(words);
    else await (await import('./program.ts')).createProgram().parseAsync();
  } catch (error) {
    process.exitCode = await exitCodeOf(error);
  }
}

/** The kind and what is typed of the word; `--` stands before a word that may begin with a dash. */
async function printValues([kind = '', ...words]: readonly string[]): Promise<void> {
  const { completeValues } = await import('./completion/values.ts');
  const [prefix = ''] = words[0] === '--' ? words.slice(1) : words;
  process.stdout.write(await completeValues(kind, prefix));
}

async function exitCodeOf(error: unknown): Promise<number> {
  const { CommanderError } = await import('commander');
  // Help and the version, when they were asked for, end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  const { reportError } = await import('./report-error.ts');
  return reportError(error);
}
