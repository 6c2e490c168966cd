import { homedir } from 'node:os';
import { readProjectFile } from '../config/project-file.ts';

export interface ProfileOfFolder {
  readonly name: string;
  /** Absolute path of the `.llmgw.yaml`. */
  readonly file: string;
}

/**
 * The profile that the nearest `.llmgw.yaml` at or above this folder sets for commands; `null`: none does. It need not
 * be one that there is. A file that may not be followed is said on standard error. Throws `ConfigError` for a mistake.
 */
export function profileHere(folder: string): ProfileOfFolder | null {
  const userId = process.getuid?.() ?? null;
  const { project, warnings } = readProjectFile({ startFolder: folder, home: homedir(), userId });
  for (const warning of warnings) process.stderr.write(`llmgw: ${warning}\n`);
  if (project === null || project.profile === null) return null;
  return { name: project.profile, file: project.file };
}
