import { GatewayError } from '../canonical/errors.ts';
import { formatUsd } from '../canonical/money.ts';
import type { Cap } from '../canonical/profile.ts';
import { wallDate } from '../std/wall-clock.ts';

/** A digit that a person cares for: a hundredth of a cent. */
const SHOWN_UNIT = 100_000_000n;

/** What a refusal tells. Money in pico-dollars. */
export interface Exceeded {
  readonly profile: string;
  readonly target: string;
  readonly cap: Cap;
  readonly spent: bigint;
  /** Set aside for attempts in flight, and for those whose cost nobody knows. */
  readonly inFlight: bigint;
  readonly unknown: bigint;
  /** The most that this attempt may cost. */
  readonly worst: bigint;
  /** UTC milliseconds. */
  readonly resetsAt: number;
  /** IANA name. */
  readonly timeZone: string;
}

export function budgetExceeded(facts: Exceeded): GatewayError {
  const { profile, target, cap, spent, inFlight, unknown, worst } = facts;
  const taken = [`${usd(spent)} is spent`];
  if (inFlight > 0n) taken.push(`${usd(inFlight)} is set aside for requests in flight`);
  if (unknown > 0n) taken.push(`${usd(unknown)} is set aside for calls whose cost is not known`);
  const message =
    `The profile \`${profile}\` may cost ${capText(cap)}: ${taken.join(', ')}, and this request to \`${target}\` ` +
    `may cost up to ${usd(worst)}. A new ${cap.period} begins on ${localTime(facts)}.`;
  return new GatewayError('budget_exceeded', message, { hint: hintFor(facts) });
}

export function priceUnknown(profile: string, target: string, cap: Cap): GatewayError {
  const message =
    `The price of \`${target}\` is not known, so the cap of the profile \`${profile}\` (${capText(cap)}) cannot be ` +
    `kept with it.`;
  return new GatewayError('price_unknown', message, {
    hint: 'Choose a model whose price is known, or a profile without a cap.',
  });
}

export function spendingUnknown(profile: string, cap: Cap): GatewayError {
  const message =
    `The ledger cannot be read, so it is not known what is left of the cap of the profile \`${profile}\` ` +
    `(${capText(cap)}), and no paid call is made.`;
  return new GatewayError('ledger_unavailable', message);
}

function hintFor({ cap, spent, inFlight, unknown, worst }: Exceeded): string {
  const raise = 'Raise `cap` of the profile in the config, or choose another profile: `llmgw profile use NAME`.';
  if (inFlight > 0n && spent + unknown + worst <= cap.amountPico)
    return `It may fit when the requests in flight are done. ${raise}`;
  return spent + unknown < cap.amountPico ? `A smaller \`max_tokens\` may fit. ${raise}` : raise;
}

function capText({ amountPico, period }: Cap): string {
  return `${dollars(amountPico)} a ${period}`;
}

/** Rounded up, so that what is left is never said to be more than it is: `$50`, `$0.31`, `$0.0042`. */
function usd(pico: bigint): string {
  return dollars(((pico + SHOWN_UNIT - 1n) / SHOWN_UNIT) * SHOWN_UNIT);
}

/** As it is, which a limit that somebody set has to be: `$50`, `$0.000001`. */
function dollars(pico: bigint): string {
  const [whole = '0', fraction = ''] = formatUsd(pico).split('.');
  return `$${whole}${fraction === '' ? '' : `.${fraction.padEnd(2, '0')}`}`;
}

/** `2026-02-01 00:00 (Europe/Berlin)`. */
function localTime({ resetsAt, timeZone }: Exceeded): string {
  const wall = wallDate(resetsAt, timeZone).toISOString();
  return `${wall.slice(0, 10)} ${wall.slice(11, 16)} (${timeZone})`;
}
