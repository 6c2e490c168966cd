import type { Connection } from './database.ts';
import type { AttemptOpening, AttemptSettlement } from './ledger.ts';

/** Writes rows of attempts. Every call is one statement inside the batch's transaction, which the caller holds. */
export interface AttemptRows {
  open(opening: AttemptOpening): void;
  /** `false`: there is no open row for it. `earliest`: a settlement is never booked before this time. */
  settle(settlement: AttemptSettlement, earliest: number): boolean;
  refuse(opening: AttemptOpening, settlement: AttemptSettlement, earliest: number): void;
}

/** About what a settlement adds to a row, in bytes. */
const ROOM_BYTES = 160;

const OPENING_COLUMNS =
  'exchange_id, number, opened_at, endpoint, target, provider, local, requested_model, stream, client, key_id, ' +
  'profile, demo';

const SETTLEMENT_COLUMNS = [
  'outcome',
  'final',
  'status',
  'error_code',
  'actual_model',
  'upstream_request_id',
  'upstream_response_id',
  'first_token_at',
  'settled_at',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'image_tokens',
  'reasoning_tokens',
  'estimated',
  'cost_pico',
  'unpriced',
  'price_version',
  'stood_in_for',
  'saved_pico',
];

type Value = string | number | null;

/** Bound by position, which is what a driver does fastest with this many values. */
export function attemptRows(connection: Connection): AttemptRows {
  const insertOpen = connection.prepare(
    `INSERT INTO attempts (${OPENING_COLUMNS}, room) VALUES (${marks(13)}, zeroblob(${ROOM_BYTES}))`,
  );
  const update = connection.prepare(
    `UPDATE attempts SET ${SETTLEMENT_COLUMNS.map((column) => `${column} = ?`).join(', ')}, room = NULL
     WHERE exchange_id = ? AND number = ? AND settled_at IS NULL`,
  );
  const insertSettled = connection.prepare(
    `INSERT INTO attempts (${OPENING_COLUMNS}, ${SETTLEMENT_COLUMNS.join(', ')})
     VALUES (${marks(13 + SETTLEMENT_COLUMNS.length)})`,
  );
  return {
    open(opening) {
      insertOpen.run(...openingValues(opening));
    },
    settle(settlement, earliest) {
      const values = settlementValues(settlement, earliest);
      return update.run(...values, settlement.exchangeId, settlement.number).changes === 1;
    },
    refuse(opening, settlement, earliest) {
      insertSettled.run(...openingValues(opening), ...settlementValues(settlement, earliest));
    },
  };
}

function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

function openingValues(opening: AttemptOpening): Value[] {
  return [
    opening.exchangeId,
    opening.number,
    opening.openedAt,
    opening.endpoint,
    opening.target,
    opening.provider,
    opening.locality === null ? null : flag(opening.locality === 'local'),
    opening.requestedModel,
    flag(opening.stream),
    opening.client,
    opening.keyId,
    opening.profile,
    flag(opening.demo),
  ];
}

function settlementValues(settlement: AttemptSettlement, earliest: number): Value[] {
  const { usage } = settlement;
  return [
    settlement.outcome,
    flag(settlement.final),
    settlement.status,
    settlement.errorCode,
    settlement.actualModel,
    settlement.upstreamRequestId,
    settlement.upstreamResponseId,
    settlement.firstTokenAt,
    Math.max(settlement.settledAt, earliest),
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadTokens,
    usage.cacheWrite5mTokens,
    usage.cacheWrite1hTokens,
    usage.inputAudioTokens,
    usage.outputAudioTokens,
    usage.imageTokens,
    usage.reasoningTokens,
    flag(settlement.estimated),
    settlement.costPico,
    flag(settlement.unpriced),
    settlement.priceVersion,
    settlement.stoodInFor,
    settlement.savedPico,
  ];
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}
