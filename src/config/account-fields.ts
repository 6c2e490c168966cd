import { DIALECT_IDS } from '../canonical/dialect-id.ts';
import { PROVIDERS } from '../providers/table.ts';
import { z } from '../std/schema.ts';
import { Secret } from '../std/secret.ts';
import { checkBaseUrl } from './addresses.ts';
import { checkedText, credentialValue, isKeychainReference, refuse, yesOrNo } from './fields.ts';
import { modelName } from './model-names.ts';

const TOKEN_LENGTH = 128;
const HEADER_LENGTH = 8192;
const PATH_LENGTH = 4096;

/** The pattern is for editors; what is checked is `checkBaseUrl`. */
export const baseUrl = checkedText(checkBaseUrl).meta({ pattern: '^\\s*[Hh][Tt][Tt][Pp][Ss]?://' });

/** A part of addresses: nothing in it may end a host or begin a path. */
function addressPart(pattern: RegExp, what: string) {
  return z
    .string()
    .regex(pattern, { error: `is no ${what}` })
    .max(TOKEN_LENGTH, { error: `is longer than ${TOKEN_LENGTH} characters` });
}

export const region = addressPart(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/, 'region; write it like eu or us-east-1');

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'is no name of a header' })
  .max(TOKEN_LENGTH, { error: `is longer than ${TOKEN_LENGTH} characters` })
  .refine((name) => !OF_THE_CONNECTION.has(name.toLowerCase()), { error: 'is a header that llmgw sets itself' });

/** How a message is delivered is not for the config to say. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Names and values of headers; a value may be a key. */
export function headers() {
  return z.record(headerName, secretText(/^[\t\x20-\x7e\x80-\xff]*$/, 'has characters in it that no header can have'));
}

/** A text that is a secret. Spaces and line ends around it are what copying leaves. */
function secretText(pattern: RegExp, wrong: string) {
  return z
    .string()
    .max(HEADER_LENGTH, { error: `is longer than ${HEADER_LENGTH} characters` })
    .transform((value, context) => {
      const text = value.trim();
      if (isKeychainReference(text)) return refuse(context, 'cannot be in the keychain; write "${NAME}" for it');
      return pattern.test(text) ? new Secret(text) : refuse(context, wrong);
    });
}

const awsKey = secretText(/^[\x21-\x7e]+$/, 'is empty, or has characters in it that no key has');

const aws = z
  .strictObject({
    access_key_id: awsKey.describe('Which key.'),
    secret_access_key: awsKey.describe('The key itself; best as "${NAME}".'),
    session_token: awsKey.optional().describe('Of a key that is for some hours only.'),
  })
  .describe('Keys of AWS in place of those that are found.');

/** A cloud provider as the file has it. */
export const provider = z
  .strictObject({
    type: z
      .enum(PROVIDERS.map(({ id }) => id))
      .optional()
      .describe('The provider that it is a further account of. Left out: its own name.'),
    base_url: baseUrl
      .optional()
      .describe('What is put before the path of its dialect: /chat/completions, /messages, /api/chat.'),
    api_key: credentialValue()
      .optional()
      .describe('Its key; best as keychain:NAME, or "${NAME}" from the environment.'),
    dialect: z.enum(DIALECT_IDS).optional().describe('The wire format it speaks. Default openai-chat.'),
    models: z.array(modelName).optional().describe('Its models. Left out: listed from the provider.'),
    region: region.optional().describe('The region of AWS, or the location of Vertex AI.'),
    project: addressPart(/^[A-Za-z0-9][A-Za-z0-9:._-]*$/, 'name of a project')
      .optional()
      .describe('Of Google Cloud.'),
    api_version: addressPart(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'version of an API; write it like 2025-01-01-preview')
      .optional()
      .describe('The version of its API, where its address asks for one.'),
    headers: headers().nullish().describe('Headers that are sent along; best as "${NAME}" where they are secret.'),
    aws: aws.optional(),
    google_credentials: z
      .string()
      .min(1, { error: 'is empty' })
      .max(PATH_LENGTH, { error: `is longer than ${PATH_LENGTH} characters` })
      .optional()
      .describe('The file with the credentials of a Google account.'),
    insecure_tls: yesOrNo().optional().describe('Accept a certificate that no authority signed. Default false.'),
  })
  .describe('A cloud provider at another address, a further account of one, or one that is not known yet.');
