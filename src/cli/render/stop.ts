import type { StopReport } from '../../daemon/stop.ts';
import { unreachable } from '../../std/unreachable.ts';
import { counted } from './text.ts';

export function describeWaiting(inFlight: number): string {
  return `Waiting for ${counted(inFlight, 'request')} in flight (30 s at most).\n`;
}

export function describeStop(report: StopReport): string {
  switch (report.kind) {
    case 'not_running':
      return 'llmgw is not running.\n';
    case 'stopped':
      return `llmgw (process ${report.pid}) has stopped${tookText(report.tookMs)}.\n`;
    default:
      return unreachable(report);
  }
}

/** Only a wait that was felt is worth telling. */
function tookText(tookMs: number): string {
  return tookMs < 1_000 ? '' : ` after ${(tookMs / 1_000).toFixed(1)} s`;
}
