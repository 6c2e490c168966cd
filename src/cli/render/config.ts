import { formatProblem } from '../../config/problem.ts';
import { formatNote } from '../../config/litellm/note.ts';
import type { ConfigReport, LiteLlmReport } from '../config/check.ts';
import type { Initialised } from '../config/init.ts';
import { plain, type Terminal } from './terminal.ts';
import { counted } from './text.ts';

/** What `llmgw config check` prints: mistakes in the form that editors and terminals make a link of, then the sum. */
export function renderReport(report: ConfigReport, { paint }: Terminal): string {
  const { file, exists, problems, warnings } = report;
  if (problems.length > 0) {
    const lines = problems.map((problem) => plain(formatProblem(problem)));
    return `${[...lines, paint.red(`${counted(problems.length, 'mistake')}.`)].join('\n')}\n`;
  }
  if (!exists) return `There is no ${plain(file)}: all defaults are in force.\n`;
  if (report.liteLlm !== null) return renderLiteLlm(report, report.liteLlm, paint);
  const lines = warnings.map((warning) => plain(warning));
  const verdict = `${plain(file)} is fine`;
  if (lines.length === 0) return `${paint.green(`${verdict}.`)}\n`;
  return `${[...lines, paint.yellow(`${verdict}, with ${counted(lines.length, 'warning')}.`)].join('\n')}\n`;
}

/** The notes place by place, then what comes of the file as a whole. */
function renderLiteLlm(
  { file, warnings }: ConfigReport,
  { summary, notes }: LiteLlmReport,
  paint: Terminal['paint'],
): string {
  const remarks = [...notes.map((note) => plain(formatNote(note))), ...warnings.map((warning) => plain(warning))];
  const verdict = remarks.length === 0 ? '' : `, with ${counted(remarks.length, 'remark')}`;
  const served = summary.map((sentence) => plain(sentence));
  return `${[...remarks, ...served, paint.green(`${plain(file)} can be used${verdict}.`)].join('\n')}\n`;
}

/** What follows from an edit that left mistakes. */
export const KEPT_IN_FORCE = 'A daemon that runs keeps to what the file said before.\n';

export function renderInitialised({ file, backup }: Initialised): string {
  const kept = backup === null ? '' : `The file before is kept as ${plain(backup)}.\n`;
  return `Wrote ${plain(file)}.\n${kept}`;
}

/** What there is to say besides the path itself, each a sentence. */
export function pathNotes(place: PlaceOfConfig): string[] {
  const notes = place.exists ? [] : ['It is not there: all defaults are in force.'];
  if (place.daemon === null || place.daemon.file === (place.exists ? place.file : null)) return notes;
  const theirs = place.daemon.file === null ? 'without a file' : `with ${plain(place.daemon.file)}`;
  return [...notes, `The daemon that runs was started ${theirs}.`];
}

export interface PlaceOfConfig {
  readonly file: string;
  readonly exists: boolean;
  /** `null`: none runs. */
  readonly daemon: { readonly file: string | null } | null;
}
