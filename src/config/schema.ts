import { z } from '../std/schema.ts';
import { SERVER_KINDS } from '../canonical/model.ts';
import { RESERVED_PATH_SEGMENTS } from '../canonical/reserved-names.ts';
import { baseUrl, provider } from './account-fields.ts';
import { checkAllowedHost, checkHost, checkOrigin } from './addresses.ts';
import { checkedText, credentialValue, duration, port, providerName, size, yesOrNo } from './fields.ts';
import { alias, aliasName, modelGroups } from './group-fields.ts';
import { cap, keyName, standIn } from './profile-fields.ts';
import { routing } from './routing-fields.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;
/** Node's timers end at 2³¹ − 1 ms: a longer one would fire at once. */
const LONGEST_MS = 24 * DAY_MS;
/** A body is read into one string, and V8's longest has 2²⁹ characters. */
const LARGEST_BYTES = 512 * 1000 ** 2;
const LARGEST_STORE_BYTES = 1000 ** 4;
const PROFILE_NAME_LENGTH = 64;

const bytes = size({ min: 1000, max: LARGEST_BYTES }).optional();
const limit = duration({ min: 1, max: LONGEST_MS }).optional();

const server = z
  .strictObject({
    host: checkedText(checkHost).optional().describe('Address to listen on. Default 127.0.0.1.'),
    port: port({ min: 0, max: 65_535 }).optional().describe('Port to listen on; 0 is any free one. Default 4000.'),
    auth: z.enum(['key', 'open']).optional().describe('`key`: callers need a key. `open`: none, on loopback only.'),
    master_key: credentialValue()
      .optional()
      .describe('A key of your own that callers and managers may use; best as "${NAME}" from the environment.'),
    allowed_hosts: z.array(checkedText(checkAllowedHost)).nullish().describe('Further names for the Host header.'),
    allowed_origins: z.array(checkedText(checkOrigin)).nullish().describe('Further origins of pages that may call.'),
    max_request: bytes.describe('Largest request body. Default 64MB.'),
    max_answer: bytes.describe('Largest non-streamed answer. Default 64MB.'),
    request_timeout: limit.describe('How long a request may take to arrive whole. Default 60s.'),
  })
  .describe('How the gateway listens, and who may call it.');

const modelServer = z
  .strictObject({
    name: providerName.describe('Its name: what stands before the slash of `name/model`.'),
    base_url: baseUrl.describe('Its address: http(s)://host[:port][/path], with or without /v1.'),
    api_key: credentialValue()
      .optional()
      .describe('The key it asks for; best as keychain:NAME, or "${NAME}" from the environment.'),
    kind: z.enum(SERVER_KINDS).optional().describe('What it is. Left out: recognised by what it answers.'),
    local: yesOrNo().optional().describe('Whether its models cost nothing. Left out: true on loopback, else false.'),
    insecure_tls: yesOrNo().optional().describe('Accept a certificate that no authority signed. Default false.'),
  })
  .describe('A model server that discovery cannot find by itself.');

/** As it is written, and as a segment of a path. */
export const PROFILE_NAME_PATTERN = /^[a-z][a-z0-9-]*$/;

export const profileName = z
  .string()
  .max(PROFILE_NAME_LENGTH, { error: `is longer than ${PROFILE_NAME_LENGTH} characters` })
  .regex(PROFILE_NAME_PATTERN, { error: 'is no profile name; use small letters, digits and -, a letter first' })
  .refine((name) => !RESERVED_PATH_SEGMENTS.has(name), { error: 'begins a path of ours; choose another' });

const profile = z
  .strictObject({
    allow: z.enum(['local', 'cloud', 'any']).optional().describe('Where requests may go, a wall. Default any.'),
    models: z.record(aliasName, alias).nullish().describe('Names that mean something else here; one `*` is any text.'),
    stand_in: standIn().optional().describe('Who answers for a cloud name: auto (a local model), none, or a model.'),
    credentials: z
      .record(providerName, keyName)
      .nullish()
      .describe('Which of several keys of a provider to use, by its name.'),
    cap: cap().optional().describe('The most that its calls may cost: dollars per day, week or month, as 50/month.'),
  })
  .describe('Who answers for which name in one situation.');

const discovery = z
  .strictObject({
    enabled: yesOrNo().optional().describe('Look for model servers on this machine. Default true.'),
    interval: duration({ min: SECOND_MS, max: DAY_MS }).optional().describe('How often to look. Default 5s.'),
    ignore: z
      .array(port({ min: 1, max: 65_535 }))
      .nullish()
      .describe('Ports that are never asked.'),
  })
  .describe('The search for model servers on this machine.');

const timeouts = z
  .strictObject({
    connect: limit.describe('Until a connection stands. Default 10s.'),
    first_byte: limit.describe('Until the answer begins; a local server may load a model in it. Default 10m.'),
    idle: limit.describe('Between two pieces of an answer. Default 5m.'),
    total: limit.describe('The whole call. Default 60m.'),
  })
  .describe('Limits of one call to a server or provider.');

const ollama = z
  .strictObject({
    port: port({ min: 1, max: 65_535 })
      .optional()
      .describe('A port of 127.0.0.1 where programs made for Ollama are answered without a key.'),
  })
  .describe('For programs that speak to Ollama, which knows no keys.');

const responses = z
  .strictObject({
    store: z.enum(['on', 'off']).optional().describe('`off`: no answer is kept. Default on.'),
    keep: duration({ min: MINUTE_MS, max: YEAR_MS }).optional().describe('How long each is kept. Default 24h.'),
    max_size: size({ min: 1000 ** 2, max: LARGEST_STORE_BYTES })
      .optional()
      .describe('The room that all of them have; the oldest go first. Default 256MB.'),
  })
  .describe('Answers of the Responses API that are kept for `previous_response_id`, where the upstream keeps none.');

/**
 * Every key of the config file, as it is written. What it gives is checked and in the program's units; no defaults yet.
 * The descriptions are for people: editors get them through the JSON Schema that this is turned into.
 */
export const CONFIG_SCHEMA = z
  .strictObject({
    server: server.nullish(),
    servers: z.array(modelServer).nullish().describe('Model servers that discovery cannot find, the preferred first.'),
    providers: z.record(providerName, provider.nullable()).nullish().describe('Cloud providers by their id.'),
    models: modelGroups.nullish().describe('Names of your own; a `*` in a name is any text.'),
    routing: routing.nullish(),
    profile: profileName.optional().describe('The profile to start in.'),
    profiles: z
      .record(profileName, profile.nullable())
      .nullish()
      .describe('Profiles by their name; dev and prod are there anyway.'),
    discovery: discovery.nullish(),
    timeouts: timeouts.nullish(),
    responses: responses.nullish(),
    ollama: ollama.nullish(),
    drop_params: yesOrNo()
      .optional()
      .describe('Leave out parameters that the model which answers does not have; false: refuse them. Default true.'),
    prompt_caching: z
      .enum(['auto', 'off'])
      .optional()
      .describe('Mark conversations for a prompt cache of Claude where the client has no word for it. Default auto.'),
  })
  .describe('The config file of llmgw.');

/** What the file says, checked, in the program's units. */
export type ParsedConfig = z.output<typeof CONFIG_SCHEMA>;
