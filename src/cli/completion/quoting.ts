/** In every script, and how one that llmgw has written is known from others. */
export const SCRIPT_MARK = 'Made by `llmgw completion';

/** For bash and zsh: in single quotes nothing has a meaning but the quote that ends them. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** fish knows two escapes within single quotes. */
export function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
