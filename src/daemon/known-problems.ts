import { ConfigError } from '../config/problem.ts';
import { LedgerForeignError, LedgerTooNewError, NativeBindingMissingError } from '../ledger/ledger-errors.ts';
import { errorCode, Problem } from './problem.ts';

/** Errors of the other rooms that a person can do something about, as sentences; `null`: this is a bug. */
export function asProblem(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof ConfigError)
    return new Problem('config', `The config cannot be used.\n${error.message}`, { cause: error });
  if (
    error instanceof LedgerTooNewError ||
    error instanceof LedgerForeignError ||
    error instanceof NativeBindingMissingError
  ) {
    return new Problem('files', sentence(error.message), { cause: error });
  }
  return fileProblem(error);
}

/** What a full disk or a folder of somebody else's says, with the path that Node tells. */
function fileProblem(error: unknown): Problem | null {
  const code = errorCode(error);
  if (code === null || !(error instanceof Error) || !('path' in error)) return null;
  if (
    !['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG'].includes(
      code,
    )
  )
    return null;
  return new Problem('files', `${String(error.path)} cannot be used: ${error.message}.`, {
    hint: 'LLMGW_HOME can put all files of llmgw under another folder.',
    cause: error,
  });
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
