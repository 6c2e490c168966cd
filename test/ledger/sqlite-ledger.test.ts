import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { picoUsd } from '../../src/canonical/money.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import { Database, opened, openingOf, recordingLogger, rowsOf, settlementOf, temporaryFolder } from './attempts.ts';

function newLedger(path = join(temporaryFolder(), 'data', 'ledger.sqlite')) {
  const { logger, lines } = recordingLogger();
  return { path, lines, ledger: openSqliteLedger({ path, logger }) };
}

describe('the ledger', () => {
  it('has the row in the file when it says so, and not what the end of the attempt tells', async () => {
    const { path, ledger } = newLedger();
    const opening = openingOf({ locality: 'local', stream: true });
    expect(await opened(ledger, opening)).toBeNull();
    expect(rowsOf(path)).toMatchObject([
      {
        exchange_id: opening.exchangeId,
        number: 1,
        local: 1,
        stream: 1,
        settled_at: null,
        outcome: null,
        input_tokens: null,
      },
    ]);
    await ledger.close();
  });

  it('says that a row is written after the transaction, never within the call', async () => {
    const { path, ledger } = newLedger();
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      for (let index = 0; index < 10; index++) {
        ledger.open(openingOf(), () => {
          seen.push(rowsOf(path).length);
          if (seen.length === 10) resolve();
        });
      }
      expect(seen).toEqual([]);
    });
    // All ten are there at the first call: one transaction.
    expect(seen).toEqual(Array.from({ length: 10 }, () => 10));
    await ledger.close();
  });

  it('records every fact of a settled attempt, unknown as NULL', async () => {
    const { path, ledger } = newLedger();
    const opening = openingOf();
    await opened(ledger, opening);
    const settlement = settlementOf(opening, {
      usage: {
        inputTokens: 10,
        outputTokens: 9,
        cacheReadTokens: 8,
        cacheWrite5mTokens: 7,
        cacheWrite1hTokens: 6,
        inputAudioTokens: 5,
        outputAudioTokens: 4,
        imageTokens: 3,
        reasoningTokens: null,
      },
      stoodInFor: 'gpt-4o',
      savedPico: picoUsd(9_000_000_000_000_000),
      costPico: picoUsd(0),
    });
    ledger.settle(settlement);
    await ledger.flush();
    expect(rowsOf(path)).toEqual([
      {
        id: 1,
        exchange_id: opening.exchangeId,
        number: 1,
        opened_at: opening.openedAt,
        endpoint: 'chat/completions',
        target: 'openai/gpt-4o-mini',
        provider: 'openai',
        local: 0,
        requested_model: 'gpt-4o-mini',
        stream: 0,
        client: 'openai-python',
        key_id: 'key_1',
        profile: 'default',
        demo: 0,
        room: null,
        outcome: 'answered',
        final: 1,
        status: 200,
        error_code: null,
        actual_model: 'gpt-4o-mini-2024-07-18',
        upstream_request_id: 'req_1',
        upstream_response_id: 'chatcmpl-1',
        first_token_at: settlement.firstTokenAt,
        settled_at: settlement.settledAt,
        input_tokens: 10,
        output_tokens: 9,
        cache_read_tokens: 8,
        cache_write_5m_tokens: 7,
        cache_write_1h_tokens: 6,
        input_audio_tokens: 5,
        output_audio_tokens: 4,
        image_tokens: 3,
        reasoning_tokens: null,
        estimated: 0,
        cost_pico: 0,
        unpriced: 0,
        price_version: 'genai-prices 0.1.8 openai/gpt-4o-mini',
        stood_in_for: 'gpt-4o',
        saved_pico: 9_000_000_000_000_000,
      },
    ]);
    await ledger.close();
  });

  it('writes a refused exchange as one settled row', async () => {
    const { path, ledger } = newLedger();
    const opening = openingOf({
      number: 0,
      target: null,
      provider: null,
      locality: null,
      requestedModel: null,
      keyId: null,
    });
    ledger.refuse(opening, settlementOf(opening, { outcome: 'refused', status: 404, errorCode: 'model_not_found' }));
    await ledger.flush();
    expect(rowsOf(path)).toMatchObject([
      { number: 0, target: null, local: null, key_id: null, outcome: 'refused', status: 404 },
    ]);
    await ledger.close();
  });

  it('takes an end that comes before its beginning was committed', async () => {
    const { path, ledger } = newLedger();
    const opening = openingOf();
    const answer = opened(ledger, opening);
    ledger.settle(settlementOf(opening, { outcome: 'client_left' }));
    expect(await answer).toBeNull();
    await ledger.flush();
    expect(rowsOf(path)).toMatchObject([{ outcome: 'client_left' }]);
    await ledger.close();
  });

  it('shows an end to other programs by itself within 10 ms (or one late turn)', async () => {
    const { path, ledger } = newLedger();
    const opening = openingOf();
    await opened(ledger, opening);
    ledger.settle(settlementOf(opening));
    await delay(10);
    expect(rowsOf(path)).toMatchObject([{ outcome: 'answered' }]);
    await ledger.close();
  });

  it('refuses a second row for one attempt, and only that', async () => {
    const { path, ledger, lines } = newLedger();
    const [first, other] = [openingOf(), openingOf()];
    const answers = await Promise.all([opened(ledger, first), opened(ledger, first), opened(ledger, other)]);
    expect(answers.map((failure) => failure?.message ?? null)).toEqual([null, expect.stringContaining('UNIQUE'), null]);
    expect(rowsOf(path).map((row) => row['exchange_id'])).toEqual([first.exchangeId, other.exchangeId]);
    expect(ledger.status().writable).toBe(true);
    expect(lines.map(({ level }) => level)).toEqual(['error']);
    await ledger.close();
  });

  it('settles an attempt once, and counts an end without a beginning', async () => {
    const { path, ledger } = newLedger();
    const opening = openingOf();
    await opened(ledger, opening);
    ledger.settle(settlementOf(opening));
    ledger.settle(settlementOf(opening, { outcome: 'failed' }));
    ledger.settle(settlementOf(openingOf()));
    await ledger.flush();
    expect(rowsOf(path)).toMatchObject([{ outcome: 'answered' }]);
    expect(ledger.status().lostRows).toBe(2);
    await ledger.close();
  });

  it('goes on when a caller fails on hearing of its row', async () => {
    const { ledger, lines } = newLedger();
    ledger.open(openingOf(), () => {
      throw new Error('a mistake of the caller');
    });
    expect(await opened(ledger, openingOf())).toBeNull();
    expect(lines).toEqual([{ level: 'error', message: 'what followed on a committed row failed' }]);
    await ledger.close();
  });

  it('writes what is queued when it is closed, and nothing after', async () => {
    const { path, ledger } = newLedger();
    const opening = openingOf();
    const answer = opened(ledger, opening);
    ledger.settle(settlementOf(opening));
    await ledger.close();
    expect(await answer).toBeNull();
    expect(rowsOf(path)).toMatchObject([{ outcome: 'answered' }]);
    expect((await opened(ledger, openingOf()))?.message).toBe('the ledger is closed');
    ledger.settle(settlementOf(openingOf()));
    expect(ledger.status().lostRows).toBe(1);
    await ledger.close();
  });

  it('keeps thousands in order through batches', async () => {
    const { path, ledger } = newLedger();
    const openings = Array.from({ length: 2_500 }, () => openingOf());
    const answers = await Promise.all(openings.map((opening) => opened(ledger, opening)));
    expect(answers.every((failure) => failure === null)).toBe(true);
    for (const opening of openings) ledger.settle(settlementOf(opening));
    await ledger.flush();
    const rows = rowsOf(path);
    expect(rows.map((row) => row['exchange_id'])).toEqual(openings.map(({ exchangeId }) => exchangeId));
    expect(rows.every((row) => row['outcome'] === 'answered')).toBe(true);
    await ledger.close();
  });

  it.runIf(process.platform !== 'win32')('keeps its files to their owner', async () => {
    const { path, ledger } = newLedger();
    await opened(ledger, openingOf());
    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(path + suffix).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    await ledger.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it('is a file with a write-ahead log that never checkpoints on this thread', async () => {
    const { path, ledger } = newLedger();
    const reader = new Database(path, { readonly: true });
    expect(reader.pragma('journal_mode', { simple: true })).toBe('wal');
    reader.close();
    await ledger.close();
  });
});
