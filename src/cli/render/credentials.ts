import type { CredentialRow, CredentialState, Survey } from '../../credentials/survey.ts';
import { plain, type Terminal } from './terminal.ts';
import { grid, wrap, type Cell } from './text.ts';

/** What `llmgw auth list --json` prints. A wire format: fields are added, never renamed, while `v` is 1. */
export interface CredentialsDocument {
  readonly v: 1;
  /** By provider; those of a provider in the order of precedence, its named keys last. */
  readonly keys: readonly CredentialRow[];
  /** What keeps a provider from being used, in sentences. */
  readonly problems: readonly string[];
}

export function credentialsDocument({ rows, problems }: Survey): CredentialsDocument {
  return { v: 1, keys: rows, problems };
}

/** A line for every credential, then what is wrong. */
export function renderCredentials({ rows, problems }: Survey, terminal: Terminal): string {
  if (rows.length === 0 && problems.length === 0) {
    return 'No key was found in config, keychain, file or environment. `llmgw auth add PROVIDER` stores one.\n';
  }
  const { paint, columns } = terminal;
  const lines = grid([
    ['KEY', 'SOURCE', 'STATE'].map((text) => ({ text, paint: paint.dim })),
    ...rows.map((row, index) => rowCells(row, rows[index - 1] ?? null, terminal)),
  ]);
  const notes = problems.flatMap((problem) => {
    const [first = '', ...more] = wrap(plain(problem), columns - 2);
    return [`${paint.yellow('!')} ${first}`, ...more.map((line) => `  ${line}`)];
  });
  return `${[...lines, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n')}\n`;
}

/** The name of a key stands once, before the first of its sources. */
function rowCells(row: CredentialRow, before: CredentialRow | null, { paint }: Terminal): (Cell | string)[] {
  const isUsed = row.state === 'used';
  return [
    { text: before?.account === row.account ? '' : plain(row.account), paint: paint.bold },
    plain(row.where),
    { text: plain(stateText(row)), paint: isUsed ? paint.green : row.state === 'named' ? paint.cyan : paint.yellow },
  ];
}

const STATE_WORDS: Readonly<Record<CredentialState, string>> = {
  used: 'used',
  named: 'used where named',
  not_used: 'not used',
  locked: 'locked',
  gone: 'gone',
  ignored: 'ignored',
};

/** Why a key is locked takes sentences, which stand below. */
function stateText({ state, why }: CredentialRow): string {
  return why === null || state === 'locked' ? STATE_WORDS[state] : `${STATE_WORDS[state]}: ${why}`;
}
