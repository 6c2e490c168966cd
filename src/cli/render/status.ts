import type { StatusDocument } from '../../daemon/status.ts';
import { serverLine } from './servers.ts';
import { plain, type Terminal } from './terminal.ts';
import { counted, formatBytes, formatDuration, grid } from './text.ts';

const LABEL_COLUMNS = 13;
const NO_NETWORK = 'none: what is on the internet is passed over until it is back';

/** What `llmgw status` prints about a daemon that runs. */
export function renderStatus(status: StatusDocument, terminal: Terminal): string {
  const { paint } = terminal;
  const since = `since ${new Date(status.started_at).toLocaleString('sv-SE')} (${formatDuration(status.uptime_ms)})`;
  const lines = [
    ...labelled('Address', [
      `${paint.bold(status.address)}${status.auth === 'open' ? ' (open: no key is asked for)' : ''}`,
    ]),
    ...(status.ollama_address === null
      ? []
      : labelled('For Ollama', [`${status.ollama_address} (no key is asked for)`])),
    ...labelled('Running', [`llmgw ${status.version}, process ${status.pid}, ${since}`]),
    ...labelled('Profile', [`${plain(status.profile.name)} (${plain(status.profile.reason)})`]),
    ...labelled('Servers', serverLines(status, terminal)),
    ...labelled('Credentials', credentialLines(status)),
    ...(status.offline ? labelled('Network', [paint.yellow(NO_NETWORK)]) : []),
    ...labelled('Left alone', unwellLines(status)),
    ...(status.demo ? labelled('Demo', ['demo/echo']) : []),
    ...labelled('Ledger', ledgerLines(status, terminal)),
    ...labelled('Responses', responseLines(status, terminal)),
    ...labelled('In flight', [counted(status.in_flight, 'request')]),
    ...labelled('Memory', [formatBytes(status.memory.rss_bytes)]),
    ...labelled('Config', configLines(status, terminal)),
    ...labelled('Log', [status.files.log]),
    ...labelled(
      'Warnings',
      status.warnings.map((warning) => paint.yellow(plain(warning))),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_COLUMNS)}${line}`);
}

function serverLines(status: StatusDocument, terminal: Terminal): string[] {
  if (status.servers.length > 0) return grid(status.servers.map((server) => serverLine(server, terminal)));
  if (!status.discovery.enabled) return ['none (discovery is off in the config)'];
  return [status.discovery.first_round_done ? 'none found' : 'still looking'];
}

function credentialLines(status: StatusDocument): string[] {
  const rows = status.providers.map((provider) => [
    plain(provider.name),
    provider.state === 'locked' ? 'locked' : plain(provider.credential ?? 'none needed'),
    counted(provider.models, 'model'),
  ]);
  const problems = status.provider_problems.map(plain);
  return rows.length + problems.length === 0 ? ['none found'] : [...grid(rows), ...problems];
}

/** A line only where something is wrong. */
function unwellLines({ deployments }: StatusDocument): string[] {
  return grid(
    deployments.map(({ id, target, state, reason, until }) => [
      plain(target === null || target === id ? id : `${id} (${target})`),
      state === 'down' ? 'down' : until === null ? 'to be tried again' : `until ${timeOf(until)}`,
      plain(reason ?? ''),
    ]),
  );
}

/** In the local time zone. */
function timeOf(iso: string): string {
  return new Date(iso).toLocaleTimeString('sv-SE');
}

function configLines({ config }: StatusDocument, { paint }: Terminal): string[] {
  const file = config.file ?? 'no file: defaults';
  if (config.problem === null) return [file];
  const problem = config.problem.split('\n').map((line) => paint.red(plain(line)));
  return [file, paint.red('it was changed since, and the one before stays in force:'), ...problem];
}

/** A line only where something is wrong: nearly nobody asks for what is kept there. */
function responseLines({ responses }: StatusDocument, { paint }: Terminal): string[] {
  if (responses.problem === null) return [];
  return [responses.path, paint.red(`no conversation can be kept or gone on with: ${plain(responses.problem)}`)];
}

function ledgerLines({ ledger }: StatusDocument, { paint }: Terminal): string[] {
  const lines = [ledger.path];
  if (!ledger.writable)
    lines.push(paint.red(`cannot be written: ${ledger.problem ?? 'unknown why'}; paid calls are refused`));
  if (ledger.lost_rows > 0) lines.push(paint.red(`${counted(ledger.lost_rows, 'row')} could not be written`));
  if (ledger.kept_aside !== null) lines.push(paint.yellow(`a damaged file is kept as ${ledger.kept_aside}`));
  if (ledger.abandoned_at_start > 0) {
    lines.push(`${counted(ledger.abandoned_at_start, 'request')} of a crash settled as abandoned at this start`);
  }
  return lines;
}
