import { Command, InvalidArgumentError, Option } from 'commander';
import { SPEND_GROUPS } from '../../ledger/questions/spend-query.ts';
import type { SpendBy } from '../../ledger/questions/spend-query.ts';
import type { SpendReport } from '../../ledger/questions/spend.ts';
import { parseSince, parseUntil, PERIOD_FORMS } from '../spend-period.ts';
import type { Clock } from '../spend-period.ts';

interface SpendOptions {
  readonly by: SpendBy;
  /** `null`: not given. */
  readonly since: number | null;
  readonly until: number | null;
  readonly demo?: true;
  readonly json?: true;
  readonly csv?: true;
}

/** `llmgw spend`: reads the ledger's file itself, so that it works whether the daemon runs or not. */
export function spendCommand(): Command {
  const clock = new HereAndNow();
  return new Command('spend')
    .description('report what was spent: requests, tokens, cost, and what local models saved')
    .addOption(new Option('--by <what>', 'what to add up by').choices(SPEND_GROUPS).default('model'))
    .addOption(
      new Option('--since <when>', `from then on: ${PERIOD_FORMS}`)
        .argParser((text) => momentOr(text, parseSince(text, clock)))
        .default(null, '7d, the midnight seven days back'),
    )
    .addOption(
      new Option('--until <when>', 'up to then, a day with all of it')
        .argParser((text) => momentOr(text, parseUntil(text, clock)))
        .default(null, 'now'),
    )
    .option('--demo', 'count requests to the demo model too')
    .addOption(new Option('--json', 'as JSON, amounts exact').conflicts('csv'))
    .option('--csv', 'as CSV, amounts exact')
    .action(async (options: SpendOptions) => {
      process.stdout.write(await spendText(options, clock));
    });
}

/** A class, since to ask for the time zone takes longer than all the other commands take to be made. */
class HereAndNow implements Clock {
  readonly now = Date.now();
  #timeZone: string | null = null;

  get timeZone(): string {
    this.#timeZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
    return this.#timeZone;
  }
}

function momentOr(text: string, moment: number | null): number {
  if (moment === null) throw new InvalidArgumentError(`\`${text}\` is none of: ${PERIOD_FORMS}.`);
  return moment;
}

async function spendText(options: SpendOptions, clock: Clock): Promise<string> {
  const { Problem } = await import('../../daemon/problem.ts');
  const from = options.since ?? momentOr('7d', parseSince('7d', clock));
  const to = options.until ?? clock.now + 1;
  if (from >= to) {
    throw new Problem('usage', '`--since` must be before `--until`.');
  }
  const report = await readReport({ ...options, from, to }, clock);
  if (options.json === true || options.csv === true) {
    const { spendAsCsv, spendAsJson } = await import('../render/spend-export.ts');
    return options.json === true ? spendAsJson(report) : spendAsCsv(report);
  }
  const [{ renderSpend }, { findTerminal }] = await Promise.all([
    import('../render/spend.ts'),
    import('../render/terminal.ts'),
  ]);
  const { columns, paint } = findTerminal();
  // A name that was cut cannot be searched for: only a screen's width is kept to.
  return renderSpend(report, { columns: process.stdout.isTTY ? columns : null, paint, timeZone: clock.timeZone });
}

interface ReportOptions extends SpendOptions {
  readonly from: number;
  readonly to: number;
}

async function readReport(options: ReportOptions, clock: Clock): Promise<SpendReport> {
  const [{ readSpend }, { LedgerReadError }, { ledgerPath }, { findPlaces }, { Problem }] = await Promise.all([
    import('../../ledger/questions/spend.ts'),
    import('../../ledger/ledger-errors.ts'),
    import('../../ledger/ledger-path.ts'),
    import('../../std/places.ts'),
    import('../../daemon/problem.ts'),
  ]);
  try {
    return readSpend(ledgerPath(findPlaces()), {
      by: options.by,
      from: options.from,
      to: options.to,
      includeDemo: options.demo === true,
      timeZone: clock.timeZone,
    });
  } catch (error) {
    if (!(error instanceof LedgerReadError)) throw error;
    throw new Problem('files', `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`, { cause: error });
  }
}
