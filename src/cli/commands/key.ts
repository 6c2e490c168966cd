import { Command } from 'commander';
import type { ListedKey } from '../render/keys.ts';

export function keyCommand(): Command {
  const show = new Command('show')
    .description('print the key that clients send, made if there is none yet')
    .argument('[key]', 'its name; of another than the default one only the digest is kept')
    .action(showKey);
  const add = new Command('add')
    .description('make a further key, and print it this once')
    .argument('<name>', 'its name: small letters, digits, dots, _ and -')
    .option('--profile <profile>', 'the one profile that its requests are answered in (default: any)')
    .action(addKey);
  const list = new Command('list')
    .description('list the keys by name, never the keys themselves')
    .option('--json', 'as JSON')
    .action(listKeys);
  const remove = new Command('remove')
    .description('remove a key: requests with it are refused from now on')
    .argument('<key>', 'its name')
    .action(removeKey);
  return new Command('key')
    .description('the keys that clients send')
    .addCommand(show)
    .addCommand(add)
    .addCommand(list)
    .addCommand(remove);
}

async function showKey(id: string | undefined): Promise<void> {
  const [{ DEFAULT_KEY_ID, loadClientKey }, { findPlaces }] = await Promise.all([
    import('../../daemon/keys.ts'),
    import('../../std/places.ts'),
  ]);
  const { data } = findPlaces();
  if (id !== undefined && id !== DEFAULT_KEY_ID) throw await cannotShow(data, id);
  const warnings: string[] = [];
  const { secret } = loadClientKey(data, warnings);
  for (const warning of warnings) process.stderr.write(`llmgw: ${warning}\n`);
  process.stdout.write(`${secret.reveal()}\n`);
}

async function cannotShow(data: string, id: string): Promise<Error> {
  const [{ listClientKeys, unknownKey }, { Problem }] = await Promise.all([
    import('../../daemon/client-keys.ts'),
    import('../../daemon/problem.ts'),
  ]);
  const known = listClientKeys(data).map((key) => key.id);
  if (!known.includes(id)) return unknownKey(id, known);
  return new Problem('failed', `The key ${id} cannot be shown: only its digest is kept.`, {
    hint: `If it is lost, make a new one: \`llmgw key remove ${id}\`, then \`llmgw key add ${id}\`.`,
  });
}

async function addKey(name: string, { profile }: { profile?: string }): Promise<void> {
  const [{ addClientKey }, { findProfiles, profileNamed }, { findPlaces }] = await Promise.all([
    import('../../daemon/client-keys.ts'),
    import('../find-profiles.ts'),
    import('../../std/places.ts'),
  ]);
  const places = findPlaces();
  const { daemon, document } = await findProfiles(places, null);
  const bound = profile === undefined ? null : profileNamed(document, profile).name;
  const secret = await addClientKey(places.data, name, bound);
  // First of all: whatever else goes wrong now, the key is there and cannot be had again.
  process.stdout.write(`${secret.reveal()}\n`);
  const binding = bound === null ? 'It is bound to no profile.' : `Its requests are answered in ${bound} only.`;
  process.stderr.write(`llmgw: made the key ${name}. ${binding} Keep it: it is not shown again.\n`);
  await daemon?.client.reloadKeys();
}

async function listKeys({ json }: { json?: true }): Promise<void> {
  const [{ listClientKeys }, { findProfiles }, { findPlaces }, { keysAsJson, renderKeys }] = await Promise.all([
    import('../../daemon/client-keys.ts'),
    import('../find-profiles.ts'),
    import('../../std/places.ts'),
    import('../render/keys.ts'),
  ]);
  const places = findPlaces();
  const { document } = await findProfiles(places, null);
  const known = new Set(document.profiles.map((profile) => profile.name));
  const keys = listClientKeys(places.data).map((key): ListedKey => {
    const isGone = key.profile !== null && !known.has(key.profile);
    return { ...key, problem: isGone ? 'refused: there is no such profile' : null };
  });
  if (json === true) {
    process.stdout.write(keysAsJson(keys));
    return;
  }
  const { findTerminal } = await import('../render/terminal.ts');
  process.stdout.write(renderKeys(keys, findTerminal()));
}

async function removeKey(id: string): Promise<void> {
  const [{ removeClientKey }, { findOurDaemon }, { findPlaces }] = await Promise.all([
    import('../../daemon/client-keys.ts'),
    import('../our-daemon.ts'),
    import('../../std/places.ts'),
  ]);
  const places = findPlaces();
  await removeClientKey(places.data, id);
  const daemon = await findOurDaemon(places);
  await daemon?.client.reloadKeys();
  process.stdout.write(`The key ${id} is removed.\n`);
}
