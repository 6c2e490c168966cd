import { configPath, readConfig, settingsOf } from '../../config/load.ts';
import type { LoadOptions } from '../../config/load.ts';
import type { LiteLlmNote } from '../../config/litellm/note.ts';
import { overview } from '../../config/litellm/summary.ts';
import type { LoadedSettings } from '../../config/parse.ts';
import { ConfigError, type ConfigProblem } from '../../config/problem.ts';
import type { ConfigText } from '../../config/read-file.ts';
import { READABLE_KEY } from '../../config/secret-places.ts';
import { writtenKeys } from '../../config/written-keys.ts';
import type { WrittenKey } from '../../config/written-keys.ts';
import type { ConfigOutlook } from '../../daemon/config-outlook.ts';
import { loadOptions } from './place.ts';

/** What is wrong with a config file. */
export interface ConfigReport {
  /** Of two files that exclude each other, the folder. */
  readonly file: string;
  readonly exists: boolean;
  readonly problems: readonly ConfigProblem[];
  /** Sentences, each beginning with the place in the file. */
  readonly warnings: readonly string[];
  /** `null`: it is no file of LiteLLM's. */
  readonly liteLlm: LiteLlmReport | null;
}

/** What becomes of LiteLLM's file. */
export interface LiteLlmReport {
  /** In sentences: what is served, and what is not. */
  readonly summary: readonly string[];
  readonly notes: readonly LiteLlmNote[];
}

/** The same with what the file would do. */
export interface FullReport extends ConfigReport {
  /** Keys that stand in the file as they are. */
  readonly keys: readonly WrittenKey[];
  readonly readableByOthers: boolean;
  /** `null`: the file cannot be used, or there is none. */
  readonly outlook: (ConfigOutlook & { readonly namesFrom: NamesFrom }) | null;
}

/** Where the names come from that are looked up: those asked for most, or the first ones of the file. */
export type NamesFrom = 'ledger' | 'file';

/** Reads the file as the daemon would. `undefined`: the one in its place, which need not be there. */
export function checkConfig(file: string | undefined): ConfigReport {
  return read(loadOptions(file)).report;
}

/** The same, and works out what the file would do; asks no daemon, no network and no keychain. */
export async function checkConfigFully(file: string | undefined): Promise<FullReport> {
  const options = loadOptions(file);
  const { report, content } = read(options);
  if (content === null) return { ...report, keys: [], readableByOthers: false, outlook: null };
  const { text, loaded } = content;
  const keys = writtenKeys(text, loaded.liteLlm);
  return {
    ...report,
    // Said once for the file, with the keys; those that look like none are not among them.
    warnings: report.warnings.filter((warning) => keys.length === 0 || !warning.includes(READABLE_KEY)),
    keys,
    readableByOthers: text.readableByOthers,
    outlook: await outlookOf(loaded, options),
  };
}

/** The keys that stand in a file as it is now. Throws `ConfigError`. */
export function keysNow(file: string): readonly WrittenKey[] {
  const { env, ...options } = loadOptions(file);
  const text = readConfig(options);
  return text === null ? [] : writtenKeys(text, settingsOf(text, env).liteLlm);
}

interface Read {
  readonly report: ConfigReport;
  /** `null`: it cannot be used, or there is none. */
  readonly content: { readonly text: ConfigText; readonly loaded: LoadedSettings } | null;
}

function read(options: LoadOptions): Read {
  let place = { path: options.places.config, exists: true };
  try {
    place = configPath(options);
    const text = readConfig(options);
    const loaded = settingsOf(text, options.env);
    const { warnings, liteLlm: reading } = loaded;
    const liteLlm = reading === null ? null : { summary: overview(reading), notes: reading.notes };
    const report = { file: place.path, exists: place.exists, problems: [], warnings, liteLlm };
    return { report, content: text === null ? null : { text, loaded } };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { problems } = error;
    return {
      report: { file: place.path, exists: place.exists, problems, warnings: [], liteLlm: null },
      content: null,
    };
  }
}

const MOST_NAMES = 10;

async function outlookOf({ settings }: LoadedSettings, { places, env }: LoadOptions): Promise<FullReport['outlook']> {
  const [{ configOutlook }, { loadPriceBook }] = await Promise.all([
    import('../../daemon/config-outlook.ts'),
    import('../../pricing/load-price-book.ts'),
  ]);
  const asked = await namesOfLedger(places);
  const ofFile = settings.models.filter(({ name, hidden }) => !hidden && !name.includes('*')).map(({ name }) => name);
  // What was asked under another file says nothing of this one.
  const askedOfFile = asked.filter((name) => ofFile.includes(name));
  const names = [...new Set([...askedOfFile, ...ofFile])].slice(0, MOST_NAMES);
  const outlook = configOutlook({
    settings,
    env,
    dataFolder: places.data,
    prices: await loadPriceBook(),
    names,
  });
  return { ...outlook, namesFrom: askedOfFile.length > 0 ? 'ledger' : 'file' };
}

/** A ledger that cannot be read says nothing of the file that is checked: as if there were none. */
async function namesOfLedger(places: LoadOptions['places']): Promise<readonly string[]> {
  const [{ mostAsked }, { ledgerPath }, errors] = await Promise.all([
    import('../../ledger/questions/most-asked.ts'),
    import('../../ledger/ledger-path.ts'),
    import('../../ledger/ledger-errors.ts'),
  ]);
  try {
    return mostAsked(ledgerPath(places), MOST_NAMES);
  } catch (error) {
    const { LedgerForeignError, LedgerReadError, LedgerTooNewError, NativeBindingMissingError } = errors;
    const known = [LedgerForeignError, LedgerReadError, LedgerTooNewError, NativeBindingMissingError];
    if (known.some((one) => error instanceof one)) return [];
    throw error;
  }
}
