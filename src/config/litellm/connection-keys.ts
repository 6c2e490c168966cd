import { headers } from '../account-fields.ts';
import type { Connection, DeploymentDraft } from './deployment-draft.ts';
import type { Field } from './field.ts';
import { forEach, ignored, later, read } from './key-rule.ts';
import type { KeyTable } from './key-rule.ts';

type ValueSlot = {
  [Key in keyof Connection]: Connection[Key] extends Connection['apiKey'] ? Key : never;
}[keyof Connection];

/** Keys of `litellm_params` that say where a deployment is and who pays for it. */
export const CONNECTION_KEYS: KeyTable<DeploymentDraft> = {
  model: value('model'),
  custom_llm_provider: read(({ connection }, field) => {
    connection.provider = field.text();
  }),
  api_key: value('apiKey'),
  api_base: value('apiBase'),
  base_url: value('apiBase'),
  api_version: value('apiVersion'),
  organization: read(({ connection }, field) => {
    connection.organizations = field.values();
  }),
  extra_headers: read(addHeaders),
  headers: read(addHeaders),
  extra_query: later('rewriting of requests', 'fields in the query of the address'),
  region_name: value('region'),
  aws_region_name: value('awsRegion'),
  ...forEach(['aws_access_key_id', 'aws_secret_access_key', 'aws_session_token'], read(addAwsKey)),
  aws_bedrock_runtime_endpoint: value('apiBase'),
  ...forEach(
    ['aws_profile_name', 'aws_role_name', 'aws_session_name', 'aws_web_identity_token', 'aws_sts_endpoint'],
    foreign('a role or profile of AWS of its own'),
  ),
  aws_external_id: foreign('a role or profile of AWS of its own'),
  vertex_project: value('vertexProject'),
  vertex_ai_project: value('vertexProject'),
  vertex_location: value('vertexLocation'),
  vertex_ai_location: value('vertexLocation'),
  vertex_credentials: value('vertexCredentials'),
  vertex_ai_credentials: value('vertexCredentials'),
  ...forEach(
    ['azure_ad_token', 'tenant_id', 'client_id', 'client_secret', 'azure_username', 'azure_password', 'azure_scope'],
    foreign('a sign-in to Azure instead of a key'),
  ),
  ...forEach(
    ['watsonx_project', 'watsonx_region_name', 'watsonx_token', 'project_id', 'space_id'],
    ignored('is for watsonx, which llmgw cannot ask'),
  ),
  litellm_credential_name: { kind: 'elsewhere' },
  ssl_verify: read(({ connection }, field) => {
    const text = field.text();
    if (text === null || /^(true|1|yes|on)$/i.test(text)) return;
    if (/^(false|0|no|off)$/i.test(text)) connection.insecureTls = true;
    else field.note('later', 'names a certificate; set NODE_EXTRA_CA_CERTS to it for llmgw');
  }),
  ssl_certificate: later('sign-in and roles', 'a certificate of its own'),
  configurable_clientside_auth_params: later('sign-in and roles', 'credentials that clients send'),
  use_in_pass_through: later('pass-through routes'),
  use_litellm_proxy: read(({ connection }, field) => {
    if (field.boolean() === true) connection.provider = 'litellm_proxy';
  }),
  rust: ignored('chooses between two cores of LiteLLM, of which llmgw has neither'),
  ...forEach(
    ['s3_bucket_name', 's3_region_name', 's3_access_key_id', 's3_secret_access_key', 'aws_batch_role_arn'],
    later('files, batches and fine-tuning', 'batches'),
  ),
  ...forEach(['gcs_bucket_name', 'bucket_name'], later('files, batches and fine-tuning', 'batches')),
  realtime_protocol: ignored('is for real-time connections, which llmgw does not serve'),
};

/** The first of several keys that mean the same counts. */
function value(slot: ValueSlot) {
  return read<DeploymentDraft>(({ connection }, field) => {
    const found = field.value();
    if (found !== null && (found.text.trim() !== '' || found.variable !== null)) connection[slot] ??= trimmed(found);
  });
}

function trimmed(found: NonNullable<Connection['apiKey']>): NonNullable<Connection['apiKey']> {
  return found.variable === null ? { ...found, text: found.text.trim(), written: found.written.trim() } : found;
}

const HEADERS = headers();

function addHeaders({ connection }: DeploymentDraft, field: Field): void {
  for (const [name, header] of field.fields() ?? []) {
    const found = header.value();
    if (found === null) continue;
    // What cannot be sent must not stop the rest.
    if (HEADERS.safeParse({ [name]: found.text }).success) connection.headers.set(name.toLowerCase(), found);
    else header.note('ignored', 'cannot be sent as a header, so it is left out');
  }
}

function addAwsKey({ connection }: DeploymentDraft, field: Field): void {
  const found = field.value();
  if (found !== null) connection.aws.set(field.key.slice('aws_'.length), found);
}

function foreign(what: string) {
  return read<DeploymentDraft>(({ connection }, field) => {
    if (!field.isOff) connection.foreignCredential = what;
  });
}
