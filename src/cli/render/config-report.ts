import { formatProblem } from '../../config/problem.ts';
import type { LiteLlmNote, NoteKind } from '../../config/litellm/note.ts';
import type { WrittenKey } from '../../config/written-keys.ts';
import type { NameOutlook, ProfileOutlook, Refusal } from '../../daemon/config-outlook.ts';
import type { FullReport } from '../config/check.ts';
import { plain, type Terminal } from './terminal.ts';
import { counted, listed, wrap } from './text.ts';

/**
 * What `llmgw config check` prints: mistakes in the form that editors and terminals make a link of; else what is to be
 * said of the file, its keys and its prices, what its names mean, and the sum.
 */
export function renderFullReport(report: FullReport, terminal: Terminal): string {
  const { file, exists, problems, liteLlm } = report;
  const { paint } = terminal;
  if (problems.length > 0) {
    const lines = problems.map((problem) => plain(formatProblem(problem)));
    return `${[...lines, paint.red(`${counted(problems.length, 'mistake')}.`)].join('\n')}\n`;
  }
  if (!exists) return `There is no ${plain(file)}: all defaults are in force.\n`;
  const parts = [
    ...(liteLlm === null ? [] : [wrap(plain(liteLlm.summary[0] ?? ''), terminal.columns)]),
    ...noteParts(liteLlm?.notes ?? [], terminal),
    warningLines(report),
    keyLines(report, terminal),
    priceLines(report, terminal),
    ...outlookParts(report, terminal),
    [verdict(report, terminal)],
  ];
  const shown = parts.filter((lines) => lines.length > 0);
  return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** What is to be mended first, what is only to be known last. */
const TITLES: readonly (readonly [NoteKind, string])[] = [
  ['unknown', 'Unknown keys'],
  ['missing', 'Variables that are not set'],
  ['unsupported', 'Left out, since nothing here can ask it'],
  ['reading', 'Read so, where LiteLLM does otherwise or says nothing'],
  ['later', 'Not served yet'],
  ['replaced', 'Not needed, since llmgw has its own'],
  ['ignored', 'Without a meaning here'],
];

const MOST_PLACES = 3;
const MOST_LINES = 6;

function noteParts(notes: readonly LiteLlmNote[], terminal: Terminal): string[][] {
  return TITLES.map(([kind, title]) => {
    const ofKind = notes.filter((note) => note.kind === kind);
    if (ofKind.length === 0) return [];
    const entries = kind === 'missing' ? missingEntries(ofKind) : sameEntries(ofKind, kind);
    return [terminal.paint.bold(`${title}:`), ...entries.flatMap((entry) => hanging(plain(entry), terminal))];
  });
}

/** What is said in the same words is said once, with all the places. */
function sameEntries(notes: readonly LiteLlmNote[], kind: NoteKind): string[] {
  const byMessage = groupedBy(notes, ({ message: said, nearest }) => {
    const message = kind === 'unsupported' ? said.replace(LEFT_OUT, '') : said;
    return nearest === null ? message : `${message}; did you mean \`${nearest}\`?`;
  });
  return Array.from(byMessage, ([message, same]) => {
    const paths = listed(shortPaths(same.map(({ path }) => path)), MOST_PLACES);
    const who = kind === 'unsupported' ? `: ${listed(namesIn(same), MOST_LINES)}` : '';
    return `${linesOf(same)}: ${paths}: ${message.replace(NOT_YET, '')}${who}`;
  });
}

const LEFT_OUT = /[;,] (?:so )?(?:this deployment of )?`.+` is left out$/;

function namesIn(notes: readonly LiteLlmNote[]): string[] {
  return [...new Set(notes.flatMap(({ message }) => /`([^`]+)` is left out$/.exec(message)?.[1] ?? []))];
}

/** The title says it. */
const NOT_YET = /, which llmgw does not serve yet$/;

/** `model_list[0, 3].litellm_params.rpm`; keys of one parent after the first of them without it. */
function shortPaths(paths: readonly string[]): string[] {
  const byForm = groupedBy(paths, (path) => path.replace(/^model_list\[\d+\]/, 'model_list[]'));
  const merged = Array.from(byForm, ([form, same]) => {
    const entries = [...new Set(same.map((path) => /^model_list\[(\d+)\]/.exec(path)?.[1] ?? ''))];
    return form.replace(/^model_list\[\]/, `model_list[${listed(entries, MOST_LINES)}]`);
  });
  return merged.map((path, index) => {
    const parent = path.slice(0, path.lastIndexOf('.') + 1);
    const isSame = parent !== '' && merged[index - 1]?.slice(0, parent.length) === parent;
    return isSame ? path.slice(parent.length) : path;
  });
}

/** A variable that is missing at many deployments is missing once. */
function missingEntries(notes: readonly LiteLlmNote[]): string[] {
  const byVariable = groupedBy(notes, ({ message }) => /variable (\S+?),/.exec(message)?.[1] ?? message);
  return Array.from(byVariable, ([variable, same]) => {
    const first = same[0]?.path ?? '';
    const left = namesIn(same);
    const end = left.length === 0 ? `${first} is not used` : `left out: ${listed(left, MOST_LINES)}`;
    return `${linesOf(same)}: ${variable}; ${end}`;
  });
}

/** `12, 14 and 8 more` */
function linesOf(places: readonly { readonly line: number }[]): string {
  return listed([...new Set(places.map(({ line }) => String(line)))], MOST_LINES);
}

function warningLines({ warnings }: FullReport): string[] {
  return warnings.map((warning) => plain(warning));
}

function keyLines({ keys, readableByOthers, file, liteLlm }: FullReport, terminal: Terminal): string[] {
  if (keys.length === 0) return [];
  const others = `Other users of this machine can read this file: chmod 600 ${plain(file)}`;
  const form = liteLlm === null ? '${NAME}' : 'os.environ/NAME';
  const forms = `Where no command stands: write ${form} there, and keep the key in the environment.`;
  return [
    terminal.paint.bold('Keys that whoever sees this file has:'),
    ...Array.from(
      groupedBy(keys, ({ account }) => account),
      ([account, same]) => hanging(plain(keyLine(same, account, file)), terminal),
    ).flat(),
    ...(keys.some(({ account }) => account === null) ? wrap(forms, terminal.columns) : []),
    ...(readableByOthers ? wrap(others, terminal.columns) : []),
  ];
}

function keyLine(keys: readonly WrittenKey[], account: string | null, file: string): string {
  const paths = listed(shortPaths(keys.map(({ path }) => path)), MOST_PLACES);
  const places = `${linesOf(keys)}: ${paths}`;
  return account === null ? places : `${places}: ${storeCommand(account, file)}, then write keychain:${account} there`;
}

/** How a key gets into the keychain; it is asked for and never an argument. */
function storeCommand(account: string, file: string): string {
  return `\`llmgw auth add ${account} --config ${file}\``;
}

function priceLines({ outlook, liteLlm }: FullReport, terminal: Terminal): string[] {
  const unpriced = outlook?.unpriced ?? [];
  if (unpriced.length === 0) return [];
  const names = [...new Set(unpriced.map(({ name, target }) => (name === target ? name : `${name} (${target})`)))];
  const give = liteLlm === null ? '`price:` or `price_as:`' : '`input_cost_per_token` or `base_model`';
  const sum = `${unpriced.length} of ${counted(outlook?.deployments ?? 0, 'deployment')}`;
  const text = `No price is known for ${sum}, so nobody knows what it costs; give it ${give}: `;
  return wrap(plain(`${text}${listed(names, MOST_LINES)}.`), terminal.columns);
}

function outlookParts({ outlook }: FullReport, terminal: Terminal): string[][] {
  if (outlook === null) return [];
  const { profiles, namesFrom } = outlook;
  const count = profiles[0]?.answers.length ?? 0;
  if (count === 0) return [];
  const names = count === 1 ? 'The name' : `The ${count} names`;
  const from = namesFrom === 'ledger' ? 'asked for most' : `that ${count === 1 ? 'stands' : 'stand'} first in the file`;
  const title = `${names} ${from}, if every server answers:`;
  const alike = groupedBy(profiles, ({ answers }) => JSON.stringify(answers));
  return [[terminal.paint.bold(title), ...Array.from(alike.values(), (same) => profileLines(same, terminal)).flat()]];
}

/** Of profiles in which the names mean the same. */
function profileLines(profiles: readonly ProfileOutlook[], terminal: Terminal): string[] {
  const who = profiles.map(({ profile, allow }) => {
    return `${profile} (${allow === 'any' ? 'local and cloud models' : `${allow} models only`})`;
  });
  const same = groupedBy(profiles[0]?.answers ?? [], answerText);
  const entries = Array.from(same, ([text, names]) => {
    return `${listed(
      names.map(({ name }) => name),
      MOST_PLACES,
    )} → ${text}`;
  });
  return [
    ...hanging(`${plain(who.join(', '))}:`, terminal),
    ...entries.flatMap((entry) => hanging(plain(entry), terminal, 4)),
  ];
}

function answerText({ targets, standsIn, refusal }: NameOutlook): string {
  if (refusal === null) return `${listed(targets, MOST_PLACES)}${standsIn ? ' in its place' : ''}`;
  switch (refusal.code) {
    case 'no_local_model':
      return 'a local model in its place, if one is running';
    case 'model_not_found':
      return refusal.passedOver.length > 0
        ? `nobody: ${passedOverText(refusal.passedOver)}`
        : 'nobody: no model of this name';
    case 'profile_wall':
      return 'nobody: it is not where this profile may go';
    default:
      return `nobody: ${refusal.passedOver.length > 0 ? passedOverText(refusal.passedOver) : refusal.message}`;
  }
}

/** `no usable credential (openai)` */
function passedOverText(passedOver: Refusal['passedOver']): string {
  const byReason = groupedBy(passedOver, ({ why }) => why);
  const reasons = Array.from(byReason, ([why, same]) => {
    const owners = new Set(same.map(({ target }) => target.slice(0, Math.max(0, target.indexOf('/')))));
    return `${why} (${listed([...owners], MOST_PLACES)})`;
  });
  return listed(reasons, MOST_PLACES);
}

function verdict({ file, liteLlm, warnings, keys, outlook }: FullReport, { paint }: Terminal): string {
  const notes = liteLlm?.notes.length ?? 0;
  const doubts = notes + warnings.length + keys.length + ((outlook?.unpriced.length ?? 0) > 0 ? 1 : 0);
  const can = liteLlm === null ? 'is fine' : 'can be used';
  if (doubts === 0) return paint.green(`${plain(file)} ${can}.`);
  const noun = liteLlm === null ? 'warning' : 'remark';
  const text = `${plain(file)} ${can}, with ${counted(doubts, noun)}.`;
  return liteLlm === null ? paint.yellow(text) : paint.green(text);
}

function groupedBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Words in lines that begin further in from the second one on. */
function hanging(text: string, { columns }: Terminal, by = 2): string[] {
  const [first = '', ...rest] = wrap(text, columns - by - 4);
  return [' '.repeat(by) + first, ...rest.map((line) => ' '.repeat(by + 4) + line)];
}
