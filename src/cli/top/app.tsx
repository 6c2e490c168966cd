import type { ChalkInstance } from 'chalk';
import { Box, Text, useInput } from 'ink';
import type { ReactNode } from 'react';
import { unreachable } from '../../std/unreachable.ts';
import { Footer } from './components/footer.tsx';
import { Header } from './components/header.tsx';
import { keysOf } from './keys.ts';
import { bodyRows, isTooSmall, LEAST_COLUMNS, LEAST_ROWS } from './layout.ts';
import { seen } from './rows.ts';
import type { Connection, Key, TopState } from './state.ts';
import { DeploymentsView } from './views/deployments.tsx';
import { ExchangePanel } from './views/exchange.tsx';
import { HelpPanel } from './views/help.tsx';
import { LiveView } from './views/live.tsx';
import { ModelsView } from './views/models.tsx';
import { NoDaemon } from './views/no-daemon.tsx';
import { ProfilesPanel } from './views/profiles.tsx';
import { ProvidersView } from './views/providers.tsx';
import { SpendView } from './views/spend.tsx';

interface AppProps {
  readonly state: TopState;
  readonly paint: ChalkInstance;
  readonly onKey: (key: Key) => void;
}

/** The whole screen, exactly as large as the terminal. */
export function App({ state, paint, onKey }: AppProps): ReactNode {
  useInput((input, pressed) => {
    for (const key of keysOf(input, pressed)) onKey(key);
  });
  return <Screen state={state} paint={paint} />;
}

/** What there is to see of a state. */
export function Screen({ state, paint }: Omit<AppProps, 'onKey'>): ReactNode {
  const { ui } = state;
  const data = seen(state);
  if (isTooSmall(ui)) return <TooSmall state={state} />;
  return (
    <Box flexDirection="column" width={ui.columns} height={ui.rows}>
      <Header data={data} live={state.data} ui={ui} paint={paint} />
      <Body state={state} paint={paint} />
      <Footer ui={ui} paint={paint} />
    </Box>
  );
}

function Body({ state, paint }: Omit<AppProps, 'onKey'>): ReactNode {
  const { ui } = state;
  const data = seen(state);
  const height = bodyRows(ui);
  const width = ui.columns;
  const nothing = neverConnected(state);
  if (nothing !== null && ui.panel?.kind !== 'help') {
    return <NoDaemon connection={nothing} command={data.command} {...{ width, height, paint }} />;
  }
  switch (ui.panel?.kind) {
    case 'help':
      return <HelpPanel {...{ height, paint }} />;
    case 'exchange':
      return <ExchangePanel id={ui.panel.id} {...{ data, width, height, paint }} />;
    case 'profiles':
      return <ProfilesPanel index={ui.panel.index} data={state.data} {...{ width, height, paint }} />;
    default:
      return <View {...{ state, height, paint }} />;
  }
}

function View({ state, height, paint }: Omit<AppProps, 'onKey'> & { readonly height: number }): ReactNode {
  const props = { data: seen(state), ui: state.ui, height, paint };
  switch (state.ui.view) {
    case 'live':
      return <LiveView {...props} />;
    case 'spend':
      return <SpendView {...props} />;
    case 'models':
      return <ModelsView {...props} />;
    case 'providers':
      return <ProvidersView {...props} />;
    case 'deployments':
      return <DeploymentsView {...props} />;
    default:
      return unreachable(state.ui.view);
  }
}

/** Once something was seen, it stays to be read. The ledger can be read without a daemon. */
function neverConnected({ data, ui }: TopState): Exclude<Connection, { kind: 'connected' | 'looking' }> | null {
  const { connection } = data;
  if (connection.kind === 'connected' || connection.kind === 'looking') return null;
  if (data.instanceId !== null || (ui.view === 'spend' && data.spend !== null)) return null;
  return connection;
}

function TooSmall({ state }: { readonly state: TopState }): ReactNode {
  const { columns, rows } = state.ui;
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Text wrap="wrap">
        {`This terminal is too small: ${columns}×${rows}. llmgw top needs ${LEAST_COLUMNS}×${LEAST_ROWS}. q quits.`}
      </Text>
    </Box>
  );
}
