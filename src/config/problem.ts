/** One mistake in the config file. `line` and `column` count from 1; `null`: it is about the file as a whole. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  /** `models.fast`, `servers[0].name`; empty: the file as a whole, or its syntax. */
  readonly path: string;
  /** What is wrong and what to do. Never holds a value that came from the environment. */
  readonly message: string;
  /** What was probably meant. */
  readonly nearest?: string;
}

/** The config file cannot be used. The message has every mistake found, one a line, in the order of the file. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join('\n'), options);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** `file:line:column: models.fast: what is wrong; what to do`, the form that editors and terminals make a link of. */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  const nearest = problem.nearest === undefined ? '' : `; did you mean \`${problem.nearest}\`?`;
  return `${place}: ${path}${problem.message}${nearest}`;
}

export type ConfigPath = readonly (string | number)[];

/** A mistake before its offset in the text has been turned into line and column. */
export interface Finding {
  readonly at: number;
  readonly path: ConfigPath;
  readonly message: string;
  readonly nearest?: string | undefined;
}

/** Most problems that are worth reading at once. */
const MAX_SHOWN = 50;

/** Findings in the order of the text, one for each place: what is said about it first is the cause of the rest. */
export function locateFindings(file: string, text: string, findings: readonly Finding[]): ConfigProblem[] {
  const lineStarts = startsOfLines(text);
  const seen = new Set<string>();
  const problems: ConfigProblem[] = [];
  for (const finding of findings.toSorted((one, other) => one.at - other.at)) {
    const path = formatPath(finding.path);
    const place = `${finding.at} ${path}`;
    if (seen.has(place) || problems.length === MAX_SHOWN) continue;
    seen.add(place);
    const line = lineOf(lineStarts, finding.at);
    const nearest = finding.nearest === undefined ? {} : { nearest: finding.nearest };
    const column = finding.at - (lineStarts[line - 1] ?? 0) + 1;
    problems.push({ file, line, column, path, message: finding.message, ...nearest });
  }
  return problems;
}

/** `servers[0].name`; a key that is no plain word is quoted: `models["llama3.2:3b"]`. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** Where each line begins. */
export function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The last line that starts at or before `at`, by bisection. Counts from 1. */
export function lineOf(lineStarts: readonly number[], at: number): number {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return low + 1;
}
