import { z } from '../std/schema.ts';
import { duration, durationOrOff, yesOrNo } from './fields.ts';
import { groupName } from './model-names.ts';
import { amount, count } from './number-fields.ts';
import { chain, RESILIENCE_FIELDS } from './resilience-fields.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_FALLBACKS = 100;
const MOST_PARALLEL = 1_000_000;
const MOST_WAITING = 100_000;
const LARGEST_BUFFER = 100;
const PREFIX_LENGTH = 128;

const chains = z.record(groupName, chain).nullish();

/** `routing:` of the file. */
export const routing = z
  .strictObject({
    ...RESILIENCE_FIELDS,
    max_fallbacks: count({ min: 0, max: MOST_FALLBACKS })
      .optional()
      .describe('How many groups may be asked after the first one. Default 5.'),
    fallbacks: chains.describe('Who is asked when nobody of a group can answer, by its name; "*" is all others.'),
    context_fallbacks: chains.describe('The same for prompts that are too long.'),
    content_fallbacks: chains.describe('The same for what was refused for its content.'),
    pre_call_checks: yesOrNo()
      .optional()
      .describe('Leave out who cannot hold the prompt or lacks tools or vision. Default true.'),
    sticky: yesOrNo().optional().describe('Keep a conversation at the deployment that has it. Default true.'),
    continue_streams: yesOrNo()
      .optional()
      .describe('Let another deployment go on with a text that breaks off in the midst of a stream. Default false.'),
    latency: z
      .strictObject({
        buffer: amount({ min: 0, max: LARGEST_BUFFER })
          .optional()
          .describe('Those slower by no more than this share count as equally fast. Default 0.1.'),
        ttl: duration({ min: 1000, max: DAY_MS }).optional().describe('How long a measured time counts. Default 1h.'),
      })
      .nullish()
      .describe('The knobs of the strategy latency.'),
    tags: z
      .strictObject({
        match: z.enum(['any', 'all']).optional().describe('Whether one common tag is enough. Default any.'),
        prefix: z
          .string()
          .max(PREFIX_LENGTH, { error: `is longer than ${PREFIX_LENGTH} characters` })
          .optional()
          .describe('Only tags of requests that begin with this count. Default: all do.'),
        fail_open: yesOrNo().optional().describe('Answer without them where nobody has the tags. Default false.'),
      })
      .nullish()
      .describe('How requests with tags find a deployment.'),
    max_parallel: count({ min: 1, max: MOST_PARALLEL })
      .optional()
      .describe('Requests at once at each deployment that says nothing else. Left out: any number.'),
    queue: z
      .strictObject({
        max: count({ min: 0, max: MOST_WAITING }).optional().describe('Requests that may wait. Default 100.'),
        wait: duration({ min: 0, max: HOUR_MS }).optional().describe('How long each may wait. Default 30s.'),
      })
      .nullish()
      .describe('Requests that wait for a deployment with no room.'),
    keep_alive: durationOrOff({ min: 100, max: HOUR_MS })
      .optional()
      .describe(
        'How often a client that waits for a stream hears of it, from the end of the first interval on: the status ' +
          'is 200 then, and a later failure stands in the stream. Default off.',
      ),
    health_check_interval: durationOrOff({ min: 1000, max: DAY_MS })
      .optional()
      .describe('How often deployments are probed, without cost; off: never. Default 30s.'),
  })
  .describe('How requests find a deployment, and what is done when it fails, where a group says nothing else.');
