import type { GatewayError } from '../canonical/errors.ts';
import type { AttemptView, ExchangeView, FeedEvent, SettledExchange } from '../canonical/feed-events.ts';
import type { Target } from '../canonical/target.ts';
import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { GatewayDependencies } from './dependencies.ts';
import { headOf } from './exchange-basis.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { dollars, endedView, exchangeView, sendingView, sumOf, totalsOf } from './exchange-views.ts';
import type { Booked, ViewedOpening } from './exchange-views.ts';
import type { Ending, Sending } from './sending.ts';
import { bookAttempt } from './settlement.ts';

/** How an exchange ended for its client. */
export interface ExchangeEnd {
  readonly outcome: SettledExchange['outcome'];
  /** The status that the client got; `null`: none, or that of a stream which then failed. */
  readonly status: number | null;
  readonly error: GatewayError | null;
}

/** What came after an attempt that failed. */
export type NextStep = Extract<FeedEvent, { readonly type: 'attempt.failed' }>['next'];

type WatchedParts = Pick<GatewayDependencies, 'feed' | 'prices' | 'now'>;

const BYTES_PER_TOKEN = 4;
const NO_ATTEMPTS: readonly AttemptView[] = [];
const NOTHING_BOOKED: readonly Booked[] = [];

/**
 * What the feed is told of one exchange. While nobody watches it only keeps what somebody who comes later must be
 * shown: references to what is there anyway, and what became of attempts that failed before.
 */
export class ExchangeReport {
  readonly #basis: ExchangeBasis;
  readonly #gateway: WatchedParts;
  #openedAt: number | null = null;
  /** Under way: one, or a second one beside it. */
  #sending: Sending | null = null;
  #beside: Sending | null = null;
  #ended = NO_ATTEMPTS;
  #last: { readonly sending: Sending; readonly ending: Ending } | null = null;
  #booked = NOTHING_BOOKED;
  /** Pieces of the attempt under way that were told. */
  #piecesTold = 0;
  #over = false;

  constructor(basis: ExchangeBasis, gateway: WatchedParts) {
    this.#basis = basis;
    this.#gateway = gateway;
  }

  /** An attempt's row is in the file: it is sent now. The first opens the exchange, a later one shows it anew. */
  attemptOpened(sending: Sending): void {
    this.#openedAt ??= sending.openedAt;
    if (this.#sending === null) this.#sending = sending;
    else this.#beside = sending;
    this.#piecesTold = 0;
    if (this.#hasRoom()) this.#tellOpened();
  }

  firstEvent(number: number): void {
    if (!this.#hasRoom()) return;
    this.#gateway.feed.publish({ type: 'exchange.first_token', exchange: this.#basis.call.exchangeId, number });
  }

  /** An attempt under way has ended; one that was overtaken is shown. `next`: what comes now; `null`: none failed. */
  attemptEnded(sending: Sending, ending: Ending, next: NextStep | null): void {
    const { feed, now } = this.#gateway;
    if (this.#sending === sending) this.#sending = this.#beside;
    if (this.#sending === this.#beside || this.#beside === sending) this.#beside = null;
    // Of the last one a view is only made when somebody asks: while its tokens are counted, or now.
    if (ending.final && !feed.watched) {
      this.#last = { sending, ending };
      return;
    }
    const { outcome, facts, error, final } = ending;
    const attempt = endedView(sending, { outcome, facts, error, endedAt: final ? null : now() });
    this.#ended = inOrder([...this.#ended, attempt]);
    if ((next === null && outcome !== 'overtaken') || !this.#hasRoom()) return;
    if (next === null) this.#tellOpened();
    else feed.publish({ type: 'attempt.failed', exchange: this.#basis.call.exchangeId, attempt, next });
  }

  /** A target that was not asked, before the attempt that follows, or where none does. */
  targetSkipped(opened: ViewedOpening, error: GatewayError): void {
    const facts = { firstTokenAt: null, status: null };
    const ending = { outcome: 'failed', facts, error, endedAt: opened.openedAt } as const;
    this.#ended = [...this.#endedAttempts(), endedView(opened, ending)];
    this.#last = null;
  }

  /** What an attempt cost is known. */
  attemptBooked(booked: Booked): void {
    this.#booked = this.#booked.length === 0 ? [booked] : [...this.#booked, booked];
  }

  /** Everything of the exchange is known. */
  exchangeSettled(end: ExchangeEnd, endedAt: number | null): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#hasRoom()) this.#tellSettled(end, endedAt);
  }

  /** Tells how far the answer has come, if more of it has come since the last time. */
  tellProgress(): void {
    // Where two are under way, neither has said anything.
    const sending = this.#sending;
    if (sending === null || sending.attempt.pieceCount <= this.#piecesTold || !this.#hasRoom()) return;
    this.#piecesTold = sending.attempt.pieceCount;
    this.#gateway.feed.publish({
      type: 'exchange.progress',
      exchange: this.#basis.call.exchangeId,
      number: sending.number,
      output_tokens: this.#piecesTold,
      cost_usd: dollars(this.#costSoFar()),
    });
  }

  /** The exchange as it is now; `null`: no attempt was opened yet, or it was told to be settled. */
  inFlight(): ExchangeView | null {
    const openedAt = this.#openedAt;
    if (openedAt === null || this.#over) return null;
    const { usage, unpriced } = totalsOf(this.#booked);
    const underWay = this.#underWay();
    const pieces = this.#sending?.attempt.pieceCount ?? 0;
    return exchangeView(this.#basis, openedAt, inOrder([...this.#endedAttempts(), ...underWay.map(sendingView)]), {
      usage: pieces === 0 ? usage : { ...usage, output_tokens: (usage.output_tokens ?? 0) + pieces, estimated: true },
      cost_usd: dollars(this.#costSoFar()),
      unpriced,
    });
  }

  #underWay(): readonly Sending[] {
    return [this.#sending, this.#beside].filter((sending) => sending !== null);
  }

  #endedAttempts(): readonly AttemptView[] {
    if (this.#last === null) return this.#ended;
    const { sending, ending } = this.#last;
    return inOrder([...this.#ended, endedView(sending, { ...ending, endedAt: null })]);
  }

  /** Whether an event is worth making. */
  #hasRoom(): boolean {
    const { feed } = this.#gateway;
    return feed.watched && feed.hasRoom();
  }

  #tellOpened(): void {
    const exchange = this.inFlight();
    if (exchange !== null) this.#gateway.feed.publish({ type: 'exchange.opened', exchange });
  }

  #tellSettled({ outcome, status, error }: ExchangeEnd, endedAt: number | null): void {
    const { feed, now } = this.#gateway;
    const settledAt = now();
    const { usage, costPico, unpriced, savedPico } = totalsOf(this.#booked);
    const cost = { usage, cost_usd: dollars(costPico), unpriced };
    const exchange = {
      ...exchangeView(this.#basis, this.#openedAt ?? settledAt, this.#endedAttempts(), cost),
      settled_at: settledAt,
      ended_at: Math.min(endedAt ?? settledAt, settledAt),
      outcome,
      status,
      error_code: error?.code ?? null,
      saved_usd: dollars(savedPico),
    };
    feed.publish({ type: 'exchange.settled', exchange });
  }

  /** Pico-dollars: what was booked, and for attempts under way what input and pieces so far come to, at a guess. */
  #costSoFar(): number | null {
    const booked = this.#booked.map(({ booking }) => booking.costPico);
    return sumOf([...booked, ...this.#underWay().map((sending) => this.#guessCost(sending))]);
  }

  #guessCost({ target, deployment, wire, openedAt, attempt }: Sending): number | null {
    const head = headOf(this.#basis);
    // An image is far more bytes than tokens: no prompt is longer than what the model takes.
    const most = this.#contextOf(target) ?? Number.MAX_SAFE_INTEGER;
    const inputTokens = Math.min(most, Math.ceil((head?.bytes.length ?? 0) / BYTES_PER_TOKEN));
    return bookAttempt({
      target,
      billing: deployment.billing,
      isMocked: wire.mock !== null,
      requestedModel: head?.model ?? '',
      standsInFor: null,
      actualModel: null,
      usage: { ...UNKNOWN_USAGE, inputTokens, outputTokens: attempt.pieceCount },
      relayed: null,
      mayHaveCost: true,
      at: openedAt,
      prices: this.#gateway.prices(),
    }).costPico;
  }

  #contextOf({ via, model }: Target): number | null {
    const provider = via.kind === 'network' ? via.endpoint.priceProvider : null;
    return provider === null ? null : this.#gateway.prices().contextLength(provider, model);
  }
}

/** Of two beside each other the later one may end first. */
function inOrder(attempts: readonly AttemptView[]): readonly AttemptView[] {
  return attempts.toSorted((one, other) => one.number - other.number);
}
