import { join } from 'node:path';
import Database from 'better-sqlite3';
import OpenAI from 'openai';
import { startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { startFakeUpstream, type FakeUpstream } from '../helpers/fake-upstream.ts';

/** The real program between the official SDK and two fakes on real sockets. */
export interface Stage {
  /** Stands for OpenAI, at another address; its key is `PROVIDER_KEY`. */
  readonly openai: FakeUpstream;
  /** A model server on this machine, named `box`. */
  readonly box: FakeUpstream;
  readonly daemon: TestDaemon;
  readonly client: OpenAI;
  /** The rows of an exchange once they are settled. */
  rows(exchangeId: string): Promise<readonly LedgerRow[]>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Further top-level keys of the config. May use the addresses of the fakes. */
  readonly config?: (fakes: { openai: FakeUpstream; box: FakeUpstream }) => string;
  /** Models that `box` lists. */
  readonly boxModels?: readonly string[];
  /** Further entries of `providers:`, each a line of two spaces and `name: {…}`. */
  readonly providers?: (fakes: { openai: FakeUpstream; box: FakeUpstream }) => string;
  readonly args?: readonly string[];
}

export const PROVIDER_KEY = 'sk-fake-provider-key';
export const BOX_KEY = 'box-key-0123456789';

export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const openai = await startFakeUpstream();
  const box = await startFakeUpstream({ models: options.boxModels ?? ['tiny:latest'] });
  const fakes = { openai, box };
  const config = [
    'discovery: {enabled: false, interval: 1s}',
    `servers: [{name: box, base_url: "${box.apiBase}", api_key: ${BOX_KEY}}]`,
    'providers:',
    `  openai: {base_url: "${openai.apiBase}", api_key: ${PROVIDER_KEY}, models: [gpt-4o, gpt-4o-mini]}`,
    `  corp: {dialect: openai-chat, base_url: "${openai.apiBase}", api_key: corp-key, models: [big]}`,
    options.providers?.(fakes) ?? '',
    options.config?.(fakes) ?? '',
  ];
  const daemon = await startDaemon({ config: config.join('\n'), args: options.args ?? [] });
  return {
    ...fakes,
    daemon,
    client: clientOf(daemon),
    rows: (exchangeId) => settledRows(daemon, exchangeId),
    close: async () => {
      await daemon.remove();
      await openai.close();
      await box.close();
    },
  };
}

/** The official SDK, which repeats nothing here: what is seen is what was sent. */
export function clientOf(daemon: TestDaemon): OpenAI {
  return new OpenAI({ apiKey: daemon.key, baseURL: `${daemon.url}/v1`, maxRetries: 0, timeout: 15_000 });
}

/** Columns of `attempts`, as SQLite gives them. */
export interface LedgerRow {
  readonly exchange_id: string;
  readonly number: number;
  readonly endpoint: string;
  readonly target: string | null;
  readonly provider: string | null;
  readonly local: number | null;
  readonly requested_model: string | null;
  readonly actual_model: string | null;
  readonly outcome: string | null;
  readonly final: number | null;
  readonly status: number | null;
  readonly error_code: string | null;
  readonly stream: number;
  readonly client: string | null;
  readonly key_id: string | null;
  readonly profile: string;
  readonly demo: number;
  readonly opened_at: number;
  readonly first_token_at: number | null;
  readonly settled_at: number | null;
  readonly upstream_request_id: string | null;
  readonly upstream_response_id: string | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly estimated: number | null;
  readonly cost_pico: number | null;
  readonly unpriced: number | null;
  readonly price_version: string | null;
  readonly stood_in_for: string | null;
  readonly saved_pico: number | null;
}

/** All rows of the ledger's file, in the order in which they were opened. */
export function ledgerRows(folder: string): readonly LedgerRow[] {
  const database = new Database(join(folder, 'data', 'ledger.sqlite'), { readonly: true, timeout: 5_000 });
  try {
    return database.prepare<[], LedgerRow>('SELECT * FROM attempts ORDER BY id').all();
  } finally {
    database.close();
  }
}

async function settledRows(daemon: TestDaemon, exchangeId: string): Promise<readonly LedgerRow[]> {
  return eventually(`the rows of ${exchangeId} are settled`, () => {
    const rows = ledgerRows(daemon.home.folder).filter((row) => row.exchange_id === exchangeId);
    return rows.some(({ final }) => final === 1) && rows.every(({ outcome }) => outcome !== null) ? rows : null;
  });
}

/** Looks until something is there that nothing tells of when it comes: a row in a file, a name in a list. */
export async function eventually<Found>(
  what: string,
  look: () => Found | null | Promise<Found | null>,
  limitMs = 10_000,
): Promise<Found> {
  const until = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > until) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** The one element of a list. */
export function only<Item>(items: readonly Item[]): Item {
  const [first] = items;
  if (first === undefined || items.length !== 1) throw new Error(`there are ${items.length} instead of one`);
  return first;
}

/** The id of an exchange, from the headers of its answer. */
export function exchangeIdOf(headers: Headers | undefined): string {
  const id = headers?.get('x-llmgw-request-id');
  if (id === null || id === undefined) throw new Error('the answer has no x-llmgw-request-id');
  return id;
}
