// Writes docs/commands.md: the help of every command, as the built program prints it. A test keeps the file in step.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../bin/llmgw.js', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/commands.md', import.meta.url));

const head = `# Commands

Every command and what it takes, as \`--help\` prints it. Written by \`npm run docs\`; the [README](../README.md) says what they are for.
`;

writeFileSync(PAGE, `${head}${sectionsBelow([]).join('')}`);

/** A command and those below it, in the order of the help. */
function sectionsBelow(words) {
  const help = execFileSync(process.execPath, [PROGRAM, ...words, '--help'], { encoding: 'utf8' });
  const name = ['llmgw', ...words].join(' ');
  const section = `\n## ${name}\n\n\`\`\`text\n${help}\`\`\`\n`;
  return [section, ...namesIn(help).flatMap((child) => sectionsBelow([...words, child]))];
}

function namesIn(help) {
  const list = /^Commands:\n((?: {2}.*\n)+)/m.exec(help)?.[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name).filter((name) => name !== 'help');
}
