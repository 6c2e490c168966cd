import type { ServedModelStatus, ServerStatus } from '../../daemon/status.ts';
import { plain, type Terminal } from './terminal.ts';
import { counted, formatBytes, formatTokens, grid, type Cell } from './text.ts';

/** Every server and every model on it, with all that the server tells: what `scan` prints. */
export function renderServers(servers: readonly ServerStatus[], terminal: Terminal): string {
  if (servers.length === 0) return 'No model server found.\n';
  return `${servers.map((server) => serverBlock(server, terminal)).join('\n\n')}\n`;
}

/** One line about a server: name, address, what it is, how it is. */
export function serverLine(server: ServerStatus, { paint }: Terminal): (Cell | string)[] {
  const kind = plain(server.version === null ? server.kind : `${server.kind} ${server.version}`);
  const state =
    server.state === 'ready'
      ? counted(server.models.length, 'model')
      : plain(`${server.state}: ${server.problem ?? ''}`);
  return [
    { text: plain(server.name), paint: paint.bold },
    plain(server.origin),
    kind,
    server.locality,
    server.state === 'ready' ? state : { text: state, paint: paint.yellow },
  ];
}

function serverBlock(server: ServerStatus, terminal: Terminal): string {
  const [head = ''] = grid([serverLine(server, terminal)]);
  const models = grid(server.models.map((model) => modelRow(model, terminal))).map((line) => `  ${line}`.trimEnd());
  return [head, ...models].join('\n');
}

function modelRow(model: ServedModelStatus, { paint }: Terminal): Cell[] {
  return [
    { text: plain(model.id) },
    { text: plain(model.parameter_size ?? ''), align: 'right' },
    { text: plain(model.quantization ?? '') },
    { text: model.size_bytes === null ? '' : formatBytes(model.size_bytes), align: 'right' },
    { text: model.context_length === null ? '' : `${formatTokens(model.context_length)} context`, align: 'right' },
    { text: model.capabilities === null ? '' : plain(model.capabilities.join(' ')) },
    {
      text: [model.loaded === true ? 'loaded' : '', model.locality === 'cloud' ? 'cloud' : ''].join(' ').trim(),
      paint: paint.green,
    },
  ];
}
