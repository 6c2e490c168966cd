import { Command, Option } from 'commander';
import { ENDPOINT_WORDS } from '../../canonical/endpoint-words.ts';
import type { EndpointWord } from '../../canonical/endpoint-words.ts';

const NOTHING_SENT = 1;

interface RouteFlags {
  readonly profile?: string;
  readonly endpoint: EndpointWord;
  readonly tools?: true;
  readonly json?: true;
}

export function routeCommand(): Command {
  return new Command('route')
    .description('tell who would answer a request for a model, and why, without sending anything')
    .argument('<model>', 'the name as a request carries it')
    .option('--profile <name>', 'in this profile instead of the one in force')
    .addOption(
      new Option('--endpoint <endpoint>', 'what is asked of the model')
        .choices(Object.keys(ENDPOINT_WORDS))
        .default('chat'),
    )
    .option('--tools', 'as for a request that offers tools')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExit code 0: something would be sent; 1: nothing would.')
    .action(printRoute);
}

async function printRoute(model: string, { profile, endpoint, tools, json }: RouteFlags): Promise<void> {
  const [{ findOurDaemon }, { findPlaces }, { Problem }, { profileHere }] = await Promise.all([
    import('../our-daemon.ts'),
    import('../../std/places.ts'),
    import('../../daemon/problem.ts'),
    import('../project-profile.ts'),
  ]);
  const found = await findOurDaemon(findPlaces());
  if (found === null) {
    const hint = 'Who answers hangs on what it has found: start it with `llmgw start`.';
    throw new Problem('not_running', 'The daemon is not running.', { hint });
  }
  const here = profile === undefined ? profileHere(process.cwd()) : null;
  if (here !== null) process.stderr.write(`llmgw: the profile ${here.name} is chosen by ${here.file}\n`);
  const question = {
    model,
    profile: profile ?? here?.name ?? null,
    endpoint: ENDPOINT_WORDS[endpoint],
    tools: tools === true,
  };
  const document = await found.client.route(question);
  // Scripts ask whether a name can be used; what was found out is printed either way.
  if (document.error !== null) process.exitCode = NOTHING_SENT;
  if (json === true) {
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const [{ renderRoute }, { findTerminal }] = await Promise.all([
    import('../render/route.ts'),
    import('../render/terminal.ts'),
  ]);
  process.stdout.write(renderRoute(document, findTerminal()));
}
