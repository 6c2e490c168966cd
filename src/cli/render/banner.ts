import type { ServerStatus, StatusDocument } from '../../daemon/status.ts';
import type { Launch } from '../launch.ts';
import { plain, type Terminal } from './terminal.ts';
import { counted, grid, listed, wrap, type Cell } from './text.ts';

export interface BannerInput {
  readonly status: StatusDocument;
  readonly launch: Pick<Launch, 'command' | 'byNpmStart'>;
  readonly foreground: boolean;
  readonly terminal: Terminal;
}

const MOST_COLUMNS = 80;
const SHOWN_MODELS = 6;
const LABEL_COLUMNS = 13;

/** What a person sees when the daemon has started: where it is, what it found, and what to type next. */
export function renderBanner(input: BannerInput): string {
  const { status, terminal } = input;
  const title = `llmgw ${status.version} is running at ${terminal.paint.bold(status.address)}`;
  const sections = [[title], facts(input), warnings(input), nextSteps(input), firstRequest(input), closing(input)];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function facts(input: BannerInput): string[] {
  const { status } = input;
  return [
    ...labelled('Profile', profileLines(input)),
    ...labelled('Servers', serverLines(input)),
    ...labelled('Credentials', credentialLines(status)),
    ...(status.ollama_address === null ? [] : labelled('For Ollama', [`${status.ollama_address} asks for no key`])),
    ...(status.demo ? labelled('Demo', ['demo/echo answers without a server, a key or a network']) : []),
  ];
}

/** The profile, what it means for the purse, and how to get into another. */
function profileLines({ status: { profile }, launch, terminal }: BannerInput): string[] {
  const other = profile.known.find((name) => name !== profile.name);
  const change = other === undefined ? '' : `; \`${launch.command} profile use ${plain(other)}\` switches`;
  const width = Math.min(MOST_COLUMNS, terminal.columns) - LABEL_COLUMNS - 2;
  return [`${plain(profile.name)} (${plain(profile.reason)})`, ...wrap(`${MEANING[profile.allow]}${change}`, width)];
}

const MEANING: Readonly<Record<StatusDocument['profile']['allow'], string>> = {
  local: 'only local models answer',
  cloud: 'only cloud models answer, and cost money',
  any: 'every model answers under its name',
};

/** The label stands before the first line, the others are indented below it. */
function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(LABEL_COLUMNS)}${line}`);
}

function serverLines(input: BannerInput): string[] {
  const { status, terminal } = input;
  if (status.servers.length === 0) return [noServers(status)];
  const heads = grid(status.servers.map((server) => serverHead(server, terminal)));
  const width = Math.min(MOST_COLUMNS, terminal.columns) - LABEL_COLUMNS - 4;
  return status.servers.flatMap((server, index) => {
    const paint = server.state === 'ready' ? terminal.paint.dim : terminal.paint.yellow;
    return [heads[index] ?? '', ...wrap(serverDetail(server), width).map((line) => `  ${paint(line)}`)];
  });
}

function noServers(status: StatusDocument): string {
  if (!status.discovery.enabled) return 'none (discovery is off in the config)';
  return status.discovery.first_round_done ? 'none found' : 'still looking; `status` shows what is found';
}

function serverHead(server: ServerStatus, { paint }: Terminal): (Cell | string)[] {
  const state =
    server.state === 'ready' ? counted(server.models.length, 'model') : { text: server.state, paint: paint.yellow };
  return [plain(server.name), plain(server.origin), state];
}

function serverDetail({ state, models, problem }: ServerStatus): string {
  return state === 'ready'
    ? listed(
        models.map(({ id }) => plain(id)),
        SHOWN_MODELS,
      )
    : plain(problem ?? '');
}

function credentialLines(status: StatusDocument): string[] {
  const found = status.providers.filter(({ credential, state }) => credential !== null || state === 'locked');
  if (found.length === 0) return ['none found'];
  return grid(found.map(({ name, credential }) => [plain(name), plain(credential ?? 'locked')]));
}

function warnings({ status, terminal }: BannerInput): string[] {
  const width = Math.min(MOST_COLUMNS, terminal.columns) - 4;
  const sentences = [...status.warnings, ...status.provider_problems];
  if (!status.ledger.writable)
    sentences.push(`The ledger cannot be written: ${status.ledger.problem ?? status.ledger.path}`);
  if (status.ledger.kept_aside !== null) {
    sentences.push(`The ledger file was damaged. It is kept as ${status.ledger.kept_aside}, and a new one was begun.`);
  }
  return sentences.flatMap((sentence) =>
    wrap(plain(sentence), width).map((line, index) => terminal.paint.yellow(`${index === 0 ? '! ' : '  '}${line}`)),
  );
}

/** Said only when nothing could answer a request. */
function nextSteps(input: BannerInput): string[] {
  const { status, launch } = input;
  const isFound = status.servers.some(({ state }) => state === 'ready') || status.providers.length > 0;
  if (status.can_answer || isFound || status.demo) return [];
  const demo = launch.byNpmStart
    ? 'npm start -- --demo'
    : `${launch.command} ${input.foreground ? 'start' : 'restart'} --demo`;
  const key = `add a key: \`${launch.command} auth add openai\` asks for it`;
  const leave = `, then \`${launch.command} profile use prod\``;
  return [
    'Nothing can answer yet. One of these is enough:',
    '',
    '  - start a model server, as with `ollama serve`: it is found by itself',
    `  - ${key}${status.profile.allow === 'local' ? leave : ''}`,
    `  - try it with neither: \`${demo}\``,
  ];
}

function firstRequest({ status, launch }: BannerInput): string[] {
  const key = `$(${launch.command} key show)`;
  const base = `${status.address}/v1`;
  const call =
    status.try_model === null
      ? ['See what can be asked:', '', `  curl ${base}/models \\`, `    -H "Authorization: Bearer ${key}"`]
      : [
          'Try it:',
          '',
          `  curl ${base}/chat/completions \\`,
          `    -H "Authorization: Bearer ${key}" \\`,
          "    -H 'Content-Type: application/json' \\",
          `    -d '{"model": ${inSingleQuotes(JSON.stringify(plain(status.try_model)))},`,
          `         "messages": [{"role": "user", "content": "Say hello."}]}'`,
        ];
  const variables = [`  export OPENAI_BASE_URL=${base}`, `  export OPENAI_API_KEY="${key}"`];
  return [...call, '', 'Point a program at it:', '', ...variables];
}

/** The one character that ends a single-quoted text of a shell. */
function inSingleQuotes(text: string): string {
  return text.replaceAll("'", String.raw`'\''`);
}

function closing({ launch, foreground, terminal }: BannerInput): string[] {
  const { command } = launch;
  const stop = foreground ? 'Ctrl-C' : `\`${command} stop\``;
  const sentence = `\`${command} spend\` tells what was used, \`${command} logs\` what happened; ${stop} ends it.`;
  return wrap(sentence, Math.min(MOST_COLUMNS, terminal.columns));
}
