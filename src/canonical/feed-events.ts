import { z } from '../std/schema.ts';

/*
 * What `GET /llmgw/events` sends: server-sent events whose `event` is the type, whose `id` counts up by one (but for
 * what was dropped) and whose `data` is one of these objects as JSON. Names as in the other JSON of the program; times
 * in UTC milliseconds, money as an exact decimal text in dollars. Fields are added, never renamed, while `v` is 1.
 * No event holds a prompt, a part of an answer, or a credential.
 */

const moment = z.int().min(0).describe('UTC milliseconds');
const usd = z
  .string()
  .regex(/^\d+(\.\d{1,12})?$/)
  .describe('US dollars, an exact decimal without exponent');
const tokens = z.int().min(0);
const locality = z.enum(['local', 'cloud']);

/** One attempt of an exchange, as far as it has come. */
export const ATTEMPT_VIEW = z.strictObject({
  number: z.int().min(1),
  target: z.string().describe('`provider/model`'),
  provider: z.string(),
  locality,
  opened_at: moment,
  first_token_at: moment.nullable(),
  /** When it ended, where its end is not that of its exchange; absent: it has not, or older daemons do not say. */
  ended_at: moment.optional(),
  /** `null`: under way; `overtaken`: another one, sent beside it, answered first. */
  outcome: z.enum(['answered', 'failed', 'client_left', 'overtaken']).nullable(),
  /** The upstream's HTTP status. */
  status: z.int().nullable(),
  error_code: z.string().nullable(),
});

/** Tokens by class. `null`: not known (yet). Cached tokens are part of the input, reasoning is part of the output. */
export const USAGE_VIEW = z.strictObject({
  input_tokens: tokens.nullable(),
  output_tokens: tokens.nullable(),
  cache_read_tokens: tokens.nullable(),
  cache_write_tokens: tokens.nullable(),
  reasoning_tokens: tokens.nullable(),
  /** They were counted here (or so far), not told by the upstream. */
  estimated: z.boolean(),
});

/** An exchange, from its first attempt on. */
export const EXCHANGE_VIEW = z.strictObject({
  exchange: z.string().describe('its id, as in `x-llmgw-request-id` and the ledger'),
  opened_at: moment,
  endpoint: z.string().describe('`chat/completions`'),
  /** What the client wrote in `model`; `null`: nothing that could be read. */
  requested_model: z.string().nullable(),
  profile: z.string(),
  /** Family of the User-Agent. */
  client: z.string().nullable(),
  /** The id of the client key, never its text. */
  key_id: z.string().nullable(),
  stream: z.boolean(),
  /** How it was routed, in short, as in `x-llmgw-route`. */
  route: z.string(),
  attempts: z.array(ATTEMPT_VIEW),
  usage: USAGE_VIEW,
  /** So far, or in the end; `null`: unknown. */
  cost_usd: usd.nullable(),
  /** A part of the cost has no price. */
  unpriced: z.boolean(),
});

/** How an exchange ended. `refused`: before any attempt. */
export const SETTLED_EXCHANGE = EXCHANGE_VIEW.extend({
  /** Everything is known of it: tokens that the upstream did not tell were counted after the answer. */
  settled_at: moment,
  /** The client had all of its answer, or what there was of it. */
  ended_at: moment.optional(),
  outcome: z.enum(['answered', 'failed', 'client_left', 'refused']),
  /** The status that the client got; `null`: it had gone, or a stream had begun before. */
  status: z.int().nullable(),
  error_code: z.string().nullable(),
  /** What the same tokens would have cost in the cloud. */
  saved_usd: usd.nullable(),
});

/** A model server, as in `GET /llmgw/status`, in short. */
export const SERVER_VIEW = z.strictObject({
  name: z.string(),
  kind: z.string(),
  origin: z.string(),
  state: z.enum(['ready', 'locked', 'down', 'gone']),
  models: z.int().min(0),
  loaded: z.array(z.string()).describe('ids of its models that are in memory, where it tells'),
});

const envelope = { v: z.literal(1), at: moment };

/** The first event of every connection: how everything is now. */
export const SNAPSHOT = z.strictObject({
  ...envelope,
  type: z.literal('snapshot'),
  version: z.string(),
  instance_id: z.string(),
  started_at: moment,
  profile: z.string(),
  profiles: z.array(z.string()),
  /** Why the config file as it is now is not in force; `null`: it is. */
  config_problem: z.string().nullable(),
  in_flight: z.array(EXCHANGE_VIEW),
  servers: z.array(SERVER_VIEW),
});

export const FEED_EVENTS = z.discriminatedUnion('type', [
  SNAPSHOT,
  z.strictObject({ ...envelope, type: z.literal('exchange.opened'), exchange: EXCHANGE_VIEW }),
  z.strictObject({
    ...envelope,
    type: z.literal('exchange.first_token'),
    exchange: z.string(),
    number: z.int().min(1),
  }),
  /** At most twice a second for an exchange, and only while something of its answer arrives. */
  z.strictObject({
    ...envelope,
    type: z.literal('exchange.progress'),
    exchange: z.string(),
    number: z.int().min(1),
    output_tokens: tokens.describe('counted so far: an estimate'),
    cost_usd: usd.nullable(),
  }),
  z.strictObject({ ...envelope, type: z.literal('exchange.settled'), exchange: SETTLED_EXCHANGE }),
  /** An attempt failed; `next`: what comes now. */
  z.strictObject({
    ...envelope,
    type: z.literal('attempt.failed'),
    exchange: z.string(),
    attempt: ATTEMPT_VIEW,
    next: z.enum(['resend', 'next_target', 'give_up']),
  }),
  z.strictObject({ ...envelope, type: z.literal('server.changed'), server: SERVER_VIEW }),
  z.strictObject({ ...envelope, type: z.literal('profile.changed'), profile: z.string(), before: z.string() }),
  /** The config file was changed. `problem`: why it is not in force; `null`: it is again. */
  z.strictObject({ ...envelope, type: z.literal('config.rejected'), problem: z.string().nullable() }),
  /** The watcher was too slow: so many events before this one were left out. */
  z.strictObject({ ...envelope, type: z.literal('dropped'), count: z.int().min(1) }),
]);

export type AttemptView = z.output<typeof ATTEMPT_VIEW>;
export type UsageView = z.output<typeof USAGE_VIEW>;
export type ExchangeView = z.output<typeof EXCHANGE_VIEW>;
export type SettledExchange = z.output<typeof SETTLED_EXCHANGE>;
export type ServerView = z.output<typeof SERVER_VIEW>;
export type Snapshot = z.output<typeof SNAPSHOT>;
export type FeedEvent = z.output<typeof FEED_EVENTS>;
