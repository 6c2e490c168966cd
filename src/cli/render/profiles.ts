import type { CapStatus, ProfileEntry, ProfilesDocument } from '../../daemon/status.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { ProfileOfFolder } from '../project-profile.ts';
import { capText, isReached } from './cap.ts';
import { plain, type Terminal } from './terminal.ts';
import { grid, wrap, type Cell } from './text.ts';

const LABEL_COLUMNS = 13;

/** A table with a row for each, the active one marked: what `llmgw profile list` prints. */
export function renderProfiles(document: ProfilesDocument, terminal: Terminal): string {
  const { paint } = terminal;
  const heading = ['', 'PROFILE', 'ALLOW', 'STAND-IN', 'NAMES', 'CAP', ''].map((text) => ({ text, paint: paint.dim }));
  const rows = document.profiles.map((profile): Cell[] => {
    const isActive = profile.name === document.active;
    return [
      { text: isActive ? '*' : '', paint: paint.green },
      { text: plain(profile.name), paint: isActive ? paint.bold : (text) => text },
      { text: profile.allow },
      { text: plain(profile.stand_in) },
      { text: String(profile.models.length), align: 'right' },
      capCell(profile.cap, terminal),
      { text: profile.built_in ? 'built in' : '', paint: paint.dim },
    ];
  });
  const active = document.profiles.find(({ name }) => name === document.active);
  const effect = active === undefined ? '' : `: ${effectOf(active)}`;
  const lines = grid([heading, ...rows]).map((line) => line.trimEnd());
  const sentence = `${document.active} is active (${plain(document.reason)})${effect}`;
  return `${[...lines, '', ...wrap(sentence, terminal.columns)].join('\n')}\n`;
}

/** Everything of one: what `llmgw profile show` prints. */
export function renderProfile({ profile, document, folder }: ShownProfile, terminal: Terminal): string {
  const { paint } = terminal;
  const width = terminal.columns - LABEL_COLUMNS;
  const active =
    profile.name === document.active ? `yes (${plain(document.reason)})` : `no, ${plain(document.active)} is`;
  const lines = [
    ...labelled('Profile', [`${paint.bold(plain(profile.name))}${profile.built_in ? ' (built in)' : ''}`]),
    ...labelled('Active', wrap(active, width)),
    ...labelled('Effect', wrap(effectOf(profile), width)),
    ...labelled('Allow', [ALLOW_TEXTS[profile.allow]]),
    ...labelled('Stand-in', wrap(standInText(profile.stand_in), width)),
    ...labelled('Names', nameLines(profile)),
    ...labelled('Keys', keyLines(profile)),
    ...labelled('Cap', [capLine(profile.cap, terminal)]),
  ];
  return `${[...lines, ...folderLines(folder, profile, terminal)].join('\n')}\n`;
}

export interface ShownProfile {
  readonly profile: ProfileEntry;
  readonly document: ProfilesDocument;
  /** What the folder says in which the command runs; `null`: nothing. */
  readonly folder: ProfileOfFolder | null;
}

/** What being in a profile means, in a sentence: `only local models answer, nothing is spent.` */
export function effectOf(profile: ProfileEntry): string {
  const limit = profile.cap === null ? '' : `, at most $${profile.cap.amount_usd} a ${profile.cap.period}`;
  switch (profile.allow) {
    case 'local':
      return 'only local models answer, nothing is spent.';
    case 'cloud':
      return `only cloud models answer, and cost money${limit}.`;
    case 'any':
      return profile.stand_in === 'none'
        ? `cloud models answer under their own names and cost money${limit}.`
        : `cloud models that you have a key for answer and cost money${limit}; for others there is a stand-in.`;
    default:
      return unreachable(profile.allow);
  }
}

const ALLOW_TEXTS: Readonly<Record<ProfileEntry['allow'], string>> = {
  local: 'local: no request leaves this machine and the servers marked as local',
  cloud: 'cloud: no request goes to a local model',
  any: 'any: local and cloud models',
};

function standInText(standIn: string): string {
  if (standIn === 'auto') return 'auto: the best fitting local chat model answers for a cloud name';
  if (standIn === 'none') return 'none: a name is answered by its own model only';
  return `${plain(standIn)} answers for a cloud name without a target`;
}

function nameLines({ models }: ProfileEntry): string[] {
  if (models.length === 0) return ['none of its own'];
  return grid(models.map(({ name, targets }) => [plain(name), `→ ${plain(targets.join(', '))}`]));
}

function keyLines({ credentials }: ProfileEntry): string[] {
  const named = Object.entries(credentials).map(([provider, name]) => `${provider}:${name}`);
  return named.length === 0 ? ['the unnamed one of each provider'] : [plain(named.join(', '))];
}

function capCell(cap: CapStatus | null, { paint }: Terminal): Cell {
  if (cap === null) return { text: 'none' };
  return { text: capText(cap), paint: isReached(cap) ? paint.red : (text) => text };
}

function capLine(cap: CapStatus | null, terminal: Terminal): string {
  if (cap === null) return 'none';
  const cell = capCell(cap, terminal);
  const resets = new Date(cap.resets_at).toLocaleDateString('sv-SE');
  return `${cell.paint?.(cell.text) ?? cell.text}, begins anew on ${resets}`;
}

function folderLines(folder: ProfileOfFolder | null, profile: ProfileEntry, terminal: Terminal): string[] {
  if (folder === null) return [];
  const which = folder.name === profile.name ? 'this profile' : plain(folder.name);
  const sentence = `${plain(folder.file)} sets ${which} for llmgw commands run in this folder.`;
  return ['', ...wrap(sentence, terminal.columns)];
}

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_COLUMNS)}${line}`);
}
