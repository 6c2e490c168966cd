import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { capText } from '../../render/cap.ts';
import type { Column } from '../columns.ts';
import { List } from '../components/list.tsx';
import type { Data } from '../state.ts';

interface ProfilesProps {
  readonly data: Data;
  readonly index: number;
  readonly width: number;
  readonly height: number;
  readonly paint: ChalkInstance;
}

/** Chooses the profile that the daemon answers in from now on. */
export function ProfilesPanel({ data, index, width, height, paint }: ProfilesProps): ReactNode {
  const entryOf = (name: string) => data.profilesDocument?.profiles.find((entry) => entry.name === name);
  const traffic = { local: 'local only', cloud: 'cloud only', any: 'local and cloud' } as const;
  const columns: readonly Column<string>[] = [
    { title: '', width: 8, text: (name) => (name === data.profile ? '● active' : ''), paint: (_, is) => is.green },
    { title: '', width: { share: 1, least: 10 }, text: (name) => name },
    { title: 'TRAFFIC', width: 15, text: (name) => traffic[entryOf(name)?.allow ?? 'any'] },
    { title: 'STAND-IN', width: { share: 1, least: 6 }, text: (name) => entryOf(name)?.stand_in ?? '-' },
    {
      title: 'CAP',
      width: 31,
      text: (name) => {
        const cap = entryOf(name)?.cap ?? null;
        return cap === null ? 'none' : capText(cap);
      },
    },
  ];
  return (
    <List
      name="PROFILES"
      columns={columns}
      rows={data.profiles}
      keyOf={(name) => name}
      marked={data.profiles[index] ?? null}
      width={width}
      height={height}
      paint={paint}
    />
  );
}
