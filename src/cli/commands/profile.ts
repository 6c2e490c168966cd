import { Command } from 'commander';
import type { FoundProfiles } from '../find-profiles.ts';
import type { Places } from '../../std/places.ts';

interface ReadFlags {
  readonly json?: true;
  readonly config?: string;
}

export function profileCommand(): Command {
  const list = withConfig(new Command('list').description('list the profiles, the active one marked'))
    .option('--json', 'as JSON')
    .action(listProfiles);
  const show = withConfig(new Command('show').description('print everything of a profile'))
    .argument('[profile]', 'its name (default: the one in force in this folder)')
    .option('--json', 'as JSON')
    .action(showProfile);
  const use = withConfig(new Command('use').description('switch to a profile, now and for later starts'))
    .argument('<profile>', 'its name')
    .action(useProfile);
  return new Command('profile')
    .description('list profiles and switch between them: free local models, or paid cloud ones')
    .addCommand(list)
    .addCommand(show)
    .addCommand(use);
}

function withConfig(command: Command): Command {
  return command.option('--config <file>', 'config file to use when no daemon runs');
}

async function listProfiles({ json, config }: ReadFlags): Promise<void> {
  const { found } = await find(config);
  if (json === true) {
    printJson(found.document);
    return;
  }
  const [{ renderProfiles }, { findTerminal }] = await Promise.all([
    import('../render/profiles.ts'),
    import('../render/terminal.ts'),
  ]);
  process.stdout.write(renderProfiles(found.document, findTerminal()));
}

async function showProfile(name: string | undefined, { json, config }: ReadFlags): Promise<void> {
  const [{ found, profileNamed }, { profileHere }] = await Promise.all([find(config), import('../project-profile.ts')]);
  const { document } = found;
  const folder = profileHere(process.cwd());
  const fromFolder = name === undefined && folder !== null;
  const hint = fromFolder ? `The name is from ${folder.file}.` : undefined;
  const profile = profileNamed(document, name ?? folder?.name ?? document.active, hint);
  if (json === true) {
    const { active, reason } = document;
    printJson({ v: 1, active, reason, project_file: folder, profile });
    return;
  }
  const [{ renderProfile }, { findTerminal }] = await Promise.all([
    import('../render/profiles.ts'),
    import('../render/terminal.ts'),
  ]);
  process.stdout.write(renderProfile({ profile, document, folder }, findTerminal()));
}

async function useProfile(name: string, { config }: ReadFlags): Promise<void> {
  const [{ found, places, profileNamed }, { effectOf }, { profileHere }] = await Promise.all([
    find(config),
    import('../render/profiles.ts'),
    import('../project-profile.ts'),
  ]);
  const profile = profileNamed(found.document, name);
  await choose(found, places, name);
  const when = found.daemon === null ? ' (from the next start on: no daemon runs)' : '';
  process.stdout.write(`${name}${when}: ${effectOf(profile)}\n`);
  const folder = profileHere(process.cwd());
  if (folder === null || folder.name === name) return;
  process.stderr.write(`llmgw: ${folder.file} still sets ${folder.name} for llmgw commands run in this folder.\n`);
}

async function choose(found: FoundProfiles, places: Places, name: string): Promise<void> {
  if (found.daemon !== null) {
    await found.daemon.client.useProfile(name);
    return;
  }
  const { rememberProfile } = await import('../../daemon/profile-choice.ts');
  rememberProfile(places, name, found.settings);
}

async function find(config: string | undefined) {
  const [{ findProfiles, profileNamed }, { findPlaces }] = await Promise.all([
    import('../find-profiles.ts'),
    import('../../std/places.ts'),
  ]);
  const places = findPlaces();
  return { places, profileNamed, found: await findProfiles(places, config ?? null) };
}

function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
