import { surveyCredentials } from '../../credentials/survey.ts';
import { findDaemon } from '../../daemon/client.ts';
import { credentialsDocument, renderCredentials } from '../render/credentials.ts';
import { findTerminal } from '../render/terminal.ts';
import { tellDaemon } from './tell-daemon.ts';
import { withVault, type Vault } from './vault.ts';

/** Prints every credential that is there and which ones win; a value is never printed. */
export async function listKeys({ json, config }: { json?: true; config?: string }): Promise<void> {
  await withVault({ config }, async (vault) => {
    const { env, providers: configured, profiles, ownPort } = vault;
    const stored = await vault.read();
    const survey = surveyCredentials({ env, configured, profiles, ownPort, stored });
    if (json === true) process.stdout.write(`${JSON.stringify(credentialsDocument(survey), null, 2)}\n`);
    else process.stdout.write(renderCredentials(survey, findTerminal()));
    if (stored.keys.every(({ reading }) => reading.kind !== 'unreadable')) await unlockInDaemon(vault);
  });
}

/** What could be read here can be read by a daemon that found it locked. */
async function unlockInDaemon({ places }: Vault): Promise<void> {
  const found = await findDaemon(places);
  if (found.state !== 'running' || found.status.providers.every(({ state }) => state !== 'locked')) return;
  const told = await tellDaemon(places);
  if (told !== null) process.stderr.write(`llmgw: ${told}\n`);
}
