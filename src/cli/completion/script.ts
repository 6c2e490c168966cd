import type { Command } from 'commander';
import { unreachable } from '../../std/unreachable.ts';
import { bashScript } from './bash.ts';
import { commandTree } from './command-tree.ts';
import { fishScript } from './fish.ts';
import type { Shell } from './value-kinds.ts';
import { zshScript } from './zsh.ts';

/** The completions of a program for a shell, as they stand in `completions/`. */
export function completionScript(shell: Shell, program: Command): string {
  const tree = commandTree(program);
  switch (shell) {
    case 'bash':
      return bashScript(tree);
    case 'zsh':
      return zshScript(tree);
    case 'fish':
      return fishScript(tree);
    default:
      return unreachable(shell);
  }
}
