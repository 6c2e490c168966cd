import { surveyCredentials } from '../../credentials/survey.ts';
import { credentialsDocument, renderCredentials } from '../render/credentials.ts';
import { findTerminal } from '../render/terminal.ts';
import { refreshDaemon } from './tell-daemon.ts';
import { withVault } from './vault.ts';

/** Prints every credential that is there and which ones win; a value is never printed. */
export async function listKeys({ json, config }: { json?: true; config?: string }): Promise<void> {
  await withVault({ config }, async (vault) => {
    const { env, providers: configured, profiles, ownPort } = vault;
    const stored = await vault.read();
    const survey = surveyCredentials({ env, configured, profiles, ownPort, stored });
    if (json === true) process.stdout.write(`${JSON.stringify(credentialsDocument(survey), null, 2)}\n`);
    else process.stdout.write(renderCredentials(survey, findTerminal()));
    // What could be read here can be read by a daemon that found it locked, or has not heard of it.
    if (stored.keys.every(({ reading }) => reading.kind !== 'found')) return;
    const told = await refreshDaemon(vault.places);
    if (told !== null) process.stderr.write(`llmgw: ${told}\n`);
  });
}
