import { DEPLOYMENT_MODES } from '../canonical/model-group.ts';
import type { Capability } from '../canonical/model.ts';
import { z } from '../std/schema.ts';
import { headers, region } from './account-fields.ts';
import { duration } from './fields.ts';
import { groupName } from './model-names.ts';
import { amount, count } from './number-fields.ts';
import { price } from './price-fields.ts';
import { allowedFails, cooldown, retries } from './resilience-fields.ts';

const MOST_ORDER = 1_000_000;
const MOST_WEIGHT = 1_000_000_000;
const MOST_PER_MINUTE = 1_000_000_000_000;
const MOST_PARALLEL = 1_000_000;
const MOST_TOKENS = 1_000_000_000;
const LONGEST_MS = 24 * 86_400_000;
const NAME_LENGTH = 256;

const CAPABILITIES: readonly [Capability, ...Capability[]] = [
  'chat',
  'completion',
  'embedding',
  'tools',
  'vision',
  'thinking',
  'audio',
];

const id = z
  .string()
  .regex(/^[\x20-\x7e]*$/, { error: 'has characters that an id cannot have (line ends, other than ASCII)' })
  .regex(/^(\S(.*\S)?)?$/, { error: 'has spaces around it; take them away' })
  .min(1, { error: 'is empty' })
  .max(NAME_LENGTH, { error: `is longer than ${NAME_LENGTH} characters` });

/** `!` and `&` are how requests ban and require tags; lists of tags in headers have commas. */
const tag = z
  .string()
  .regex(/^[^\p{C}]*$/u, { error: 'has control characters, which a tag cannot have' })
  .regex(/^([^!&\s,]([^,]*[^,\s])?)?$/, {
    error: 'is no tag; it has no comma, no spaces around it, no ! or & in front',
  })
  .min(1, { error: 'is empty' })
  .max(NAME_LENGTH, { error: `is longer than ${NAME_LENGTH} characters` });

/** A parameter of requests. */
const parameter = z
  .string()
  .regex(/^[A-Za-z_][\w-]*$/, { error: 'is no name of a parameter' })
  .max(NAME_LENGTH, { error: `is longer than ${NAME_LENGTH} characters` });

/** A parameter, or a part of one: `tools[*].function.strict`. */
export const parameterPath = z
  .string()
  .regex(/^[A-Za-z_][\w-]*(?:\[(?:\*|\d+)\]|\.[A-Za-z_][\w-]*)*$/, {
    error: 'is no name of a parameter',
  })
  .max(NAME_LENGTH, { error: `is longer than ${NAME_LENGTH} characters` });

/** What a request says for itself has no default. */
const OF_THE_REQUEST: ReadonlySet<string> = new Set(['model', 'messages', 'input', 'prompt', 'stream']);

const defaultParameter = parameter.refine((name) => !OF_THE_REQUEST.has(name), {
  error: 'is what each request says for itself; take it out',
});

const limit = duration({ min: 1, max: LONGEST_MS }).optional();

const timeouts = z
  .strictObject({
    connect: limit.describe('Until a connection stands.'),
    first_byte: limit.describe('Until the answer begins.'),
    stream_first_byte: limit.describe('The same for streams, where it differs.'),
    idle: limit.describe('Between two pieces of an answer.'),
    total: limit.describe('The whole call.'),
  })
  .describe('Limits of one call, where they differ from `timeouts:`.');

const prices = z
  .strictObject({
    input: price().optional().describe('Of what is sent.'),
    output: price().optional().describe('Of what is answered.'),
    cached_input: price().optional().describe('Of what the provider had in its cache.'),
    cache_write: price().optional().describe('Of what it put there.'),
  })
  .describe('Dollars per million tokens; 0 is free.');

const unknownPrice = z
  .string()
  .regex(/^unknown$/, { error: 'is no price; write a map like {input: 2.5, output: 10}, or unknown' })
  .describe('unknown: it costs something, and nobody knows what.');

const perMinute = count({ min: 1, max: MOST_PER_MINUTE }).optional();

/** One of the places that answer for a name. */
export const deployment = z.strictObject({
  target: groupName.describe('Who answers: name, server/model or provider/model.'),
  id: id.optional().describe('What it is called in headers, logs and status. Left out: made from what it is.'),
  order: amount({ min: 0, max: MOST_ORDER }).optional().describe('Lower ones are tried first. Default 1.'),
  weight: amount({ min: 0, max: MOST_WEIGHT }).optional().describe('Its share of the load, among those of its order.'),
  rpm: perMinute.describe('Requests a minute that it takes.'),
  tpm: perMinute.describe('Tokens a minute that it takes, prompt and answer together.'),
  max_parallel: count({ min: 1, max: MOST_PARALLEL }).optional().describe('Requests at once; others go elsewhere.'),
  tags: z.array(tag).nullish().describe('What it is allowed for: requests with tags go to those that have them.'),
  region: region.optional().describe('Where it computes: eu, us-east-1.'),
  retries,
  timeouts: timeouts.optional(),
  allowed_fails: allowedFails,
  cooldown,
  price: z.union([unknownPrice, prices]).optional(),
  price_as: groupName.optional().describe('provider/model whose price and limits it has.'),
  context: count({ min: 1, max: MOST_TOKENS }).optional().describe('The longest prompt in tokens.'),
  max_output: count({ min: 1, max: MOST_TOKENS }).optional().describe('The longest answer in tokens.'),
  capabilities: z
    .array(z.enum(CAPABILITIES))
    .min(1, { error: 'is empty; take it out where nothing is known' })
    .optional()
    .describe('All that it can do. Left out: as its server says.'),
  mode: z.enum(DEPLOYMENT_MODES).optional().describe('What it is asked for. Left out: whatever is asked.'),
  params: z
    .record(defaultParameter, z.unknown())
    .nullish()
    .describe("Parameters of requests that do not have them, in OpenAI's words."),
  drop: z
    .array(parameterPath)
    .nullish()
    .describe('Parameters that are always left out, or parts of them: `tools[*].function.strict`.'),
  body: z.record(z.string(), z.unknown()).nullish().describe('Fields that are merged into what is sent.'),
  headers: headers().nullish().describe('Headers that are sent along.'),
  mock: z.string().optional().describe('It answers with this text, and nobody is asked.'),
});
