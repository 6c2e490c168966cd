import type { YAMLParseError } from 'yaml';
import type { Finding } from './problem.ts';

/** What errors and warnings of the library have in common. */
type SyntaxFault = Pick<YAMLParseError, 'code' | 'pos'>;

/** How much of the text around a mistake is looked at for its likely cause. */
const LOOK_BACK = 200;

/**
 * Mistakes of syntax in words that say what to do, the first of each line, since the others follow from it. The
 * library's own message is never shown: it can quote the text of the file.
 */
export function explainSyntax(faults: readonly SyntaxFault[], text: string): Finding[] {
  const findings: Finding[] = [];
  let lineEnd = -1;
  for (const fault of faults.toSorted((one, other) => one.pos[0] - other.pos[0])) {
    const [at] = fault.pos;
    if (at <= lineEnd) continue;
    const end = text.indexOf('\n', at);
    lineEnd = end < 0 ? text.length : end;
    findings.push({ at, path: [], message: `YAML: ${sentenceFor(fault, text, at)}` });
  }
  return findings;
}

function sentenceFor({ code }: SyntaxFault, text: string, at: number): string {
  const lineBefore =
    text
      .slice(Math.max(0, at - LOOK_BACK), at)
      .split('\n')
      .at(-1) ?? '';
  switch (code) {
    case 'UNEXPECTED_TOKEN':
    case 'MISSING_CHAR':
    case 'BAD_INDENT':
      if (/\$\{?$/.test(lineBefore)) return UNQUOTED_REFERENCE;
      return code === 'UNEXPECTED_TOKEN' ? UNEXPECTED : MISSING;
    case 'TAB_AS_INDENT':
      return 'a tab indents this line; use spaces';
    case 'BAD_SCALAR_START':
      return 'a text cannot begin with this character; put quotes around it';
    case 'BAD_DQ_ESCAPE':
      return 'this \\ escape is unknown; write \\\\ for one backslash, or use single quotes';
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
    case 'KEY_OVER_1024_CHARS':
      return 'this line does not fit the one before; is `: ` (with a space) missing, or the indentation wrong?';
    case 'BAD_ALIAS':
    case 'ALIAS_PROPS':
    case 'MULTIPLE_ANCHORS':
    case 'MULTIPLE_TAGS':
    case 'BAD_PROP_ORDER':
      return 'this anchor, alias or tag cannot stand here; put quotes around it if it is a text';
    case 'TAG_RESOLVE_FAILED':
    case 'BAD_COLLECTION_TYPE':
      return 'tags such as !name are not understood; put quotes around it if it is a text';
    case 'BAD_DIRECTIVE':
      return 'directives such as %NAME are not understood; take the line out';
    case 'MULTIPLE_DOCS':
    case 'DUPLICATE_KEY':
    case 'NON_STRING_KEY':
    case 'BLOCK_IN_FLOW':
    case 'RESOURCE_EXHAUSTION':
    case 'IMPOSSIBLE':
      return 'this cannot stand here; check the indentation and the quotes around it';
  }
}

const UNQUOTED_REFERENCE = 'inside { } or [ ] a ${NAME} needs quotes; write "${NAME}"';
const UNEXPECTED = 'nothing can stand here; quotes or a bracket are missing before it';
const MISSING = 'a quote, bracket or `:` is missing here, or the indentation is wrong';
