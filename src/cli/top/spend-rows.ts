import type { OverviewGroup, SpendOverview } from '../../ledger/questions/overview.ts';
import { byMost, byText, matcher } from './filter-and-sort.ts';
import type { Ui } from './state.ts';

export interface SpendViewRow {
  readonly key: string;
  readonly name: string;
  readonly group: OverviewGroup;
}

export const SPEND_SORTS = ['cost', 'requests', 'tokens', 'name'] as const;

/** The groups of the month that the Spend view lists, filtered and sorted as it is told. */
export function spendRows(spend: SpendOverview | null, ui: Pick<Ui, 'grouping' | 'filter' | 'sort'>): SpendViewRow[] {
  if (spend === null) return [];
  const wanted = matcher(ui.filter);
  const rows = spend.groups[ui.grouping]
    .map((group): SpendViewRow => {
      const name = group.value ?? NAMELESS[ui.grouping];
      return { key: `${name}${group.demo ? ' demo' : ''}`, name: group.demo ? `${name} (demo)` : name, group };
    })
    .filter(({ name }) => wanted(name));
  switch (SPEND_SORTS[ui.sort.spend]) {
    case 'requests':
      return rows.sort(byMost(({ group }) => group.requests));
    case 'tokens':
      return rows.sort(byMost(({ group }) => group.inputTokens + group.outputTokens));
    case 'name':
      return rows.sort(byText(({ name }) => name));
    default:
      return rows;
  }
}

/** What stands for a group without a value. */
const NAMELESS = {
  model: 'no model',
  provider: 'no provider',
  profile: 'no profile',
  client: 'not told',
} as const;
