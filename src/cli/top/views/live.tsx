import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { List } from '../components/list.tsx';
import { inFlightText, keyOfLiveRow, liveColumns } from '../exchange-cells.ts';
import type { LiveRow } from '../exchange-cells.ts';
import { liveRooms } from '../layout.ts';
import { liveRows } from '../rows.ts';
import type { Data, Ui } from '../state.ts';

interface LiveProps {
  readonly data: Data;
  readonly ui: Ui;
  readonly height: number;
  readonly paint: ChalkInstance;
}

/** What is in flight, and below it what has ended, in the same columns. */
export function LiveView({ data, ui, height, paint }: LiveProps): ReactNode {
  const { inFlight, settled } = liveRows(data, ui);
  const columns = liveColumns(ui.columns);
  // A title each, and a line between.
  const { upper, lower } = liveRooms(height - 1, ui.room.count + 1);
  const common = { columns, keyOf: keyOfLiveRow, marked: ui.marked.live, width: ui.columns, paint };
  return (
    <>
      <List
        {...common}
        name="IN FLIGHT"
        rows={inFlight.map((of): LiveRow => ({ kind: 'in_flight', of, now: data.now }))}
        height={upper + 1}
        empty={inFlightText(data, ui)}
      />
      <List
        {...common}
        name="ENDED"
        rows={settled.map((of): LiveRow => ({ kind: 'settled', of, now: data.now }))}
        height={lower}
        empty={ui.filter === '' ? 'Nothing yet: what ends is listed here.' : 'Nothing matches the filter.'}
      />
    </>
  );
}
