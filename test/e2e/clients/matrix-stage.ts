import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DialectId } from '../../../src/canonical/dialect-id.ts';
import { picoUsd } from '../../../src/canonical/money.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import type { ChatQuirks } from '../../../src/canonical/quirks.ts';
import type { Usage } from '../../../src/canonical/usage.ts';
import type { AttemptSettlement } from '../../../src/ledger/ledger.ts';
import { openResponseStore } from '../../../src/ledger/responses/sqlite-response-store.ts';
import type { PriceBook } from '../../../src/pricing/price-book.ts';
import { headersOf } from '../../../src/providers/provider-row.ts';
import type { ReceivedCall } from '../../helpers/upstream-server.ts';
import { testLogger } from '../../helpers/gateway.ts';
import { cloudEndpoint, routedProvider } from '../../helpers/routes.ts';
import { NO_RETRIES } from '../../helpers/no-retries.ts';
import { KEY, startTestServer } from '../../helpers/test-server.ts';
import type { TestServer } from '../../helpers/test-server.ts';
import { startFakeBack } from './fake-backs.ts';
import type { FakeBack } from './fake-backs.ts';
import type { Client, Conversation } from './fronts/client.ts';
import type { Asked } from './scenario.ts';

/** A provider of the matrix: a dialect, and a model whose name says what it can. */
export interface BackRow {
  readonly dialect: Exclude<DialectId, 'bedrock-converse'>;
  readonly model: string;
  /** Where it differs from what others of its dialect take, as in the table of providers. */
  readonly quirks: Partial<ChatQuirks>;
}

export const BACKS: readonly BackRow[] = [
  {
    dialect: 'openai-chat',
    // The last one that thinks beside tools there: later ones do only in the Responses API.
    model: 'gpt-5.1',
    quirks: { maxTokensField: 'max_completion_tokens', systemRole: 'developer', files: true, audio: true },
  },
  {
    dialect: 'openai-responses',
    model: 'gpt-5.5',
    quirks: { maxTokensField: 'max_completion_tokens', systemRole: 'developer', files: true },
  },
  { dialect: 'anthropic-messages', model: 'claude-sonnet-4-5', quirks: { files: true } },
  { dialect: 'gemini', model: 'gemini-3-flash-preview', quirks: { images: 'inline', files: true, audio: true } },
  { dialect: 'ollama', model: 'qwen3:8b', quirks: { images: 'inline' } },
];

/** What a client sent, and what the head of its answer said. */
export interface Exchanged {
  readonly url: string;
  readonly body: string;
  readonly status: number;
  readonly headers: Headers;
  /** Its bytes, once it is whole. */
  readonly answer: Promise<string>;
}

/** The real gateway between the SDKs and a provider of each dialect. */
export interface Stage {
  readonly server: TestServer;
  readonly backs: ReadonlyMap<DialectId, FakeBack>;
  /** A conversation of a client with the model of a provider. What it sends and gets is noted in `exchanged`. */
  open(client: Client, back: BackRow): Conversation;
  readonly exchanged: readonly Exchanged[];
  /** Begins a cell: what comes after it is its own. */
  mark(): Mark;
  close(): Promise<void>;
}

/** What happened since a cell began. */
export interface Mark {
  calls(back: BackRow): readonly ReceivedCall[];
  /** Resolves when the first call has arrived. */
  arrived(back: BackRow): Promise<void>;
  asked(back: BackRow): readonly Asked[];
  /** The bytes of the provider's whole answers. */
  said(back: BackRow): readonly string[];
  exchanged(): readonly Exchanged[];
  /** The settled rows, once there are so many. */
  rows(count: number): Promise<readonly AttemptSettlement[]>;
}

export async function setMatrixStage(): Promise<Stage> {
  const backs = new Map<DialectId, FakeBack>();
  for (const { dialect } of BACKS) backs.set(dialect, await startFakeBack(dialect));
  const providers = BACKS.map((row) => routedProvider(endpointOf(row, backOf(backs, row)), [row.model]));
  const folder = mkdtempSync(join(tmpdir(), 'llmgw-matrix-'));
  const responses = openResponseStore({
    path: join(folder, 'responses.db'),
    rules: () => ({ store: 'on', keepMs: 60_000, maxBytes: 64 * 1024 * 1024 }),
    logger: testLogger().logger,
  });
  const server = await startTestServer({}, { providers, routing: NO_RETRIES }, { prices: () => PRICES, responses });
  const exchanged: Exchanged[] = [];
  const noting: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : input.toString();
    const response = await fetch(input, init);
    const body = typeof init?.body === 'string' ? init.body : '';
    // Of what is broken off there is no whole text.
    const answer = response
      .clone()
      .text()
      .catch(() => '');
    exchanged.push({ url, body, status: response.status, headers: response.headers, answer });
    return response;
  };
  return {
    server,
    backs,
    exchanged,
    open: (client, { dialect, model }) =>
      client.open({ origin: server.origin, key: KEY, model: `${dialect}/${model}`, fetch: noting }),
    mark: () => markOf(server, backs, exchanged),
    close: async () => {
      await server.close();
      responses.close();
      rmSync(folder, { recursive: true });
      for (const back of backs.values()) await back.close();
    },
  };
}

function backOf(backs: ReadonlyMap<DialectId, FakeBack>, { dialect }: BackRow): FakeBack {
  const back = backs.get(dialect);
  if (back === undefined) throw new Error(`no provider speaks ${dialect}`);
  return back;
}

/** Each is named by its dialect, and priced, so that the ledger's figure can be computed apart. */
function endpointOf({ dialect, quirks }: BackRow, { apiBase }: FakeBack): ReturnType<typeof cloudEndpoint> {
  return cloudEndpoint(dialect, {
    dialect,
    apiBase,
    ...headersOf(dialect),
    quirks: { ...PLAIN_QUIRKS, ...quirks },
    priceProvider: dialect,
  });
}

/** Every class of tokens has a price of its own. */
const PRICES: PriceBook = {
  priceOf: (usage) => {
    const costPico = costOf(usage);
    return costPico === null ? null : { costPico: picoUsd(costPico), priceVersion: 'matrix' };
  },
  priceOfAudio: () => null,
  providerOf: () => null,
  contextLength: () => null,
};

/** In pico-dollars; `null`: the tokens are not known. */
export function costOf(usage: Usage): number | null {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, reasoningTokens } = usage;
  if (inputTokens === null || outputTokens === null) return null;
  const classes = (cacheReadTokens ?? 0) * 7 + (cacheWrite5mTokens ?? 0) * 11 + (reasoningTokens ?? 0) * 13;
  return inputTokens * 1_000 + outputTokens * 10_000 + classes;
}

function markOf(server: TestServer, backs: ReadonlyMap<DialectId, FakeBack>, exchanged: readonly Exchanged[]): Mark {
  const callsBefore = new Map([...backs].map(([dialect, { calls }]) => [dialect, calls.length]));
  const askedBefore = new Map([...backs].map(([dialect, { asked }]) => [dialect, asked.length]));
  const saidBefore = new Map([...backs].map(([dialect, { said }]) => [dialect, said.length]));
  const exchangedBefore = exchanged.length;
  const rowsBefore = server.ledger.rows.length;
  return {
    calls: (row) => backOf(backs, row).calls.slice(callsBefore.get(row.dialect)),
    arrived: (row) => backOf(backs, row).called((callsBefore.get(row.dialect) ?? 0) + 1),
    asked: (row) => backOf(backs, row).asked.slice(askedBefore.get(row.dialect)),
    said: (row) => backOf(backs, row).said.slice(saidBefore.get(row.dialect)),
    exchanged: () => exchanged.slice(exchangedBefore),
    rows: async (count) => {
      await server.ledger.settled(rowsBefore + count);
      return server.ledger.rows.slice(rowsBefore).flatMap(({ settlements }) => settlements);
    },
  };
}
