import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { clip } from '../cells.ts';
import type { Column } from '../columns.ts';
import { Lines, List } from '../components/list.tsx';
import { clockText, countText } from '../figures.ts';
import { isWide } from '../layout.ts';
import { providerKey, providerRows, serverNow } from '../rows.ts';
import type { ProviderRow } from '../rows.ts';
import type { Data, Ui } from '../state.ts';

interface ProvidersProps {
  readonly data: Data;
  readonly ui: Ui;
  readonly height: number;
  readonly paint: ChalkInstance;
}

type Credential = Extract<ProviderRow, { kind: 'provider' }>;
type Server = Extract<ProviderRow, { kind: 'server' }>;

const MOST_PROBLEMS = 3;

/** Where keys were found, which servers are here, and how both do. */
export function ProvidersView({ data, ui, height, paint }: ProvidersProps): ReactNode {
  const rows = providerRows(data, ui);
  const credentials = rows.filter((row) => row.kind === 'provider');
  const servers = rows.filter((row) => row.kind === 'server');
  const problems = (data.status?.provider_problems ?? []).slice(0, MOST_PROBLEMS);
  const notes = [
    ...problems.map((problem) => `  ${paint.yellow('!')} ${clip(problem, ui.columns - 6)}`),
    `  ${paint.dim(`Calls are counted since ${clockText(data.since)}.`)}`,
  ];
  const room = height - notes.length;
  const upper = Math.min(Math.max(credentials.length + 2, 3), Math.floor(room / 2));
  const common = { keyOf: providerKey, marked: ui.marked.providers, width: ui.columns, paint };
  const asking = data.status === null ? 'Asking the daemon.' : null;
  const filtered = ui.filter === '' ? null : 'Nothing matches the filter.';
  return (
    <>
      <List
        {...common}
        name="CREDENTIALS"
        columns={credentialColumns(ui)}
        rows={credentials}
        height={upper}
        empty={asking ?? filtered ?? `No key was found; \`${data.command} auth add\` adds one.`}
      />
      <List
        {...common}
        name="SERVERS"
        columns={serverColumns(ui, data)}
        rows={servers}
        height={room - upper}
        empty={asking ?? filtered ?? 'No model server was found on this machine.'}
      />
      <Lines lines={notes} height={notes.length} />
    </>
  );
}

function credentialColumns(ui: Ui): readonly Column<Credential>[] {
  const address: Column<Credential> = {
    title: 'ADDRESS',
    width: { share: 3, least: 12 },
    text: ({ provider }) => provider.api_base,
    paint: (_, paint) => paint.dim,
  };
  return [
    {
      title: '',
      width: 8,
      text: ({ provider }) => stateText(provider.state),
      paint: (row, paint) => statePaint(row.provider.state, paint),
    },
    { title: '', width: { share: 2, least: 12 }, text: ({ provider }) => provider.id },
    {
      title: 'KEY FROM',
      width: { share: 3, least: 12 },
      text: ({ provider }) => provider.credential ?? (provider.state === 'locked' ? 'locked' : 'no key needed'),
    },
    ...(isWide(ui) ? [address] : []),
    { title: 'MODELS', width: 6, align: 'right', text: ({ provider }) => countText(provider.models) },
    ...callColumns<Credential>(),
  ];
}

function serverColumns(ui: Ui, data: Data): readonly Column<Server>[] {
  const version: Column<Server> = { title: 'VERSION', width: 10, text: ({ server }) => server.version ?? '-' };
  const stateOf = ({ server }: Server): string => serverNow(data, server)?.state ?? server.state;
  const loaded = ({ server }: Server): string => {
    const names =
      serverNow(data, server)?.loaded ?? server.models.filter((model) => model.loaded === true).map(({ id }) => id);
    return names.length === 0 ? '-' : names.join(', ');
  };
  return [
    {
      title: '',
      width: 8,
      text: (row) => stateText(stateOf(row)),
      paint: (row, paint) => statePaint(stateOf(row), paint),
    },
    { title: '', width: { share: 2, least: 12 }, text: ({ server }) => server.name },
    ...(isWide(ui) ? [version] : []),
    { title: 'ADDRESS', width: { share: 3, least: 12 }, text: ({ server }) => server.origin.replace(/^http:\/\//, '') },
    ...(isWide(ui) ? [{ title: 'IN MEMORY', width: { share: 3, least: 12 }, text: loaded }] : []),
    { title: 'MODELS', width: 6, align: 'right', text: ({ server }) => countText(server.models.length) },
    ...callColumns<Server>(),
  ];
}

function callColumns<Row extends ProviderRow>(): readonly Column<Row>[] {
  return [
    {
      title: 'CALLS',
      width: 6,
      align: 'right',
      text: ({ calls }) => countText(calls === null ? 0 : calls.answered + calls.failed),
    },
    {
      title: 'FAILED',
      width: 6,
      align: 'right',
      text: ({ calls }) => countText(calls?.failed ?? 0),
      paint: ({ calls }, paint) => ((calls?.failed ?? 0) > 0 ? paint.red : paint.dim),
    },
    { title: 'LAST ERROR', width: 16, text: ({ calls }) => calls?.lastError ?? '-', paint: (_, paint) => paint.dim },
  ];
}

function stateText(state: string): string {
  return { ready: '● ready', locked: '■ locked', down: '✗ down' }[state] ?? `? ${state}`;
}

function statePaint(state: string, paint: ChalkInstance): ChalkInstance {
  if (state === 'ready') return paint.green;
  return state === 'locked' ? paint.yellow : paint.red;
}
