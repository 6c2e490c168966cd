import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type DatabaseClass from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { picoUsd } from '../../src/canonical/money.ts';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';
import type { AttemptOpening, AttemptSettlement, Ledger } from '../../src/ledger/ledger.ts';
import type { Logger } from '../../src/std/log.ts';
import { uuid7 } from '../../src/std/uuid7.ts';

export const Database = createRequire(import.meta.url)('better-sqlite3') as typeof DatabaseClass;

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmgw-ledger-'));
  onTestFinished(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function openingOf(changes: Partial<AttemptOpening> = {}): AttemptOpening {
  return {
    exchangeId: uuid7(),
    number: 1,
    openedAt: 1_768_000_000_000,
    endpoint: 'chat/completions',
    target: 'openai/gpt-4o-mini',
    provider: 'openai',
    locality: 'cloud',
    requestedModel: 'gpt-4o-mini',
    stream: false,
    client: 'openai-python',
    keyId: 'key_1',
    profile: 'default',
    demo: false,
    ...changes,
  };
}

export function settlementOf(opening: AttemptOpening, changes: Partial<AttemptSettlement> = {}): AttemptSettlement {
  return {
    exchangeId: opening.exchangeId,
    number: opening.number,
    outcome: 'answered',
    final: true,
    status: 200,
    errorCode: null,
    actualModel: 'gpt-4o-mini-2024-07-18',
    upstreamRequestId: 'req_1',
    upstreamResponseId: 'chatcmpl-1',
    firstTokenAt: opening.openedAt + 200,
    settledAt: opening.openedAt + 700,
    usage: { ...UNKNOWN_USAGE, inputTokens: 100, outputTokens: 20 },
    estimated: false,
    costPico: picoUsd(27_000_000),
    unpriced: false,
    priceVersion: 'genai-prices 0.1.8 openai/gpt-4o-mini',
    stoodInFor: null,
    savedPico: null,
    ...changes,
  };
}

export function opened(ledger: Ledger, opening: AttemptOpening): Promise<Error | null> {
  return new Promise((resolve) => ledger.open(opening, resolve));
}

/** All attempts of a ledger's file, read by another connection. */
export function rowsOf(path: string): Record<string, unknown>[] {
  const connection = new Database(path, { readonly: true });
  try {
    return connection.prepare('SELECT * FROM attempts ORDER BY id').all() as Record<string, unknown>[];
  } finally {
    connection.close();
  }
}

export interface LoggedLine {
  readonly level: string;
  readonly message: string;
}

/** A logger that keeps what it is told. */
export function recordingLogger(): { logger: Logger; lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const log = (level: string) => (_: unknown, message: string) => {
    lines.push({ level, message });
  };
  const logger = { info: log('info'), warn: log('warn'), error: log('error'), debug: log('debug') };
  return { logger: logger as unknown as Logger, lines };
}
