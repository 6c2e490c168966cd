import { findProvider } from '../../providers/table.ts';
import { provider } from '../account-fields.ts';
import { isStrangerTo, nativeBase, openAiBase } from './addresses.ts';
import { priceOfReseller } from './bare-names.ts';
import type { Connection } from './deployment-draft.ts';
import { headersOf, hostLabel, keyText, unsupported, variableLabel } from './placement.ts';
import type { Placement, PlacingDesk } from './placement.ts';
import { literalValue, presentOnly, valueOfVariable, withAddress } from './value.ts';
import type { NativeMap, Value } from './value.ts';
import type { Variables } from './variables.ts';

/** LiteLLM's further names of variables that hold a provider's key. */
const FURTHER_KEYS: Readonly<Record<string, readonly string[]>> = {
  togetherai: ['TOGETHERAI_API_KEY'],
  fireworks: ['FIREWORKS_AI_API_KEY', 'FIREWORKSAI_API_KEY'],
  perplexity: ['PERPLEXITYAI_API_KEY'],
  jina: ['JINA_AI_API_KEY'],
  databricks: ['DATABRICKS_API_KEY'],
};

/** And of its address. */
const FURTHER_BASES: Readonly<Record<string, string>> = {
  azure: 'AZURE_API_BASE',
  databricks: 'DATABRICKS_API_BASE',
};

/** An account of a provider of the table: the usual one by its plain id, any other as an entry of its own. */
export function knownPlace(id: string, connection: Connection, desk: PlacingDesk, more: NativeMap = {}): Placement {
  const { organizations, insecureTls } = connection;
  const written = connection.apiBase ?? furtherBase(id, desk);
  const version = connection.apiVersion;
  if (version !== null && isVersioned(id) && !fits('api_version', version)) {
    return unsupported('has an api_version that is none');
  }
  const base = written === null ? null : ownBase(id, written, version?.text ?? null);
  if (base === 'wrong') return unsupported('has an api_base that is no address of http or https');
  const headers = headersOf(connection);
  const [organization] = organizations;
  if (organization !== undefined) headers['openai-organization'] = organization.written;
  const rest = presentOnly({
    base_url: base?.written,
    api_version: version !== null && isVersioned(id) ? version.written : undefined,
    ...more,
    headers: Object.keys(headers).length > 0 ? headers : undefined,
    insecure_tls: insecureTls ? true : undefined,
  });
  const isStranger = base !== null && base.text !== '' && isStrangerTo(id, base.text);
  const key = isStranger ? connection.apiKey : keyOf(id, connection, desk, Object.keys(rest).length > 0);
  const entry = presentOnly({ api_key: key?.written, ...rest });
  const model = connection.model?.text ?? '';
  const names = accountNames(id, { base, key, organization: organization ?? null, more });
  return {
    kind: 'place',
    model,
    account: { section: 'providers', type: id, entry, names },
    priceAs: null,
    headers: {},
    readings: isStranger && key === null ? [KEY_STAYS] : [],
  };
}

const KEY_STAYS =
  'says no api_key; the key of the environment, which LiteLLM sends, is for the provider and not for another host';

/** A provider that is not in the table and speaks OpenAI's dialect. */
export function unknownPlace(
  connection: Connection,
  { variables, keepMissing }: PlacingDesk,
  usual: { readonly name: string; readonly keyVariable: string | null } | null,
): Placement {
  const written = connection.apiBase ?? literalValue('');
  const base = written.text === '' ? '' : openAiBase(written.text);
  if (base === null) return unsupported('has an api_base that is no address of http or https');
  const variable = usual?.keyVariable ?? null;
  const usualKey = variable === null ? null : fromVariable(variable, variables);
  const unsetKey = variable !== null && keepMissing ? valueOfVariable(variable, '') : null;
  const key = connection.apiKey ?? usualKey ?? unsetKey;
  const entry = presentOnly({
    base_url: base === '' ? written.written : withAddress(written, base).written,
    api_key: key === null ? undefined : keyText(key),
    headers: connection.headers.size > 0 ? headersOf(connection) : undefined,
    insecure_tls: connection.insecureTls ? true : undefined,
  });
  const model = connection.model?.text ?? '';
  const label = base === '' ? variableLabel(written.variable ?? '', '') : plainHost(base);
  const names = [usual?.name ?? label, ...(usual === null ? [] : [`${usual.name}-${label}`])];
  const keyLabel = variableLabel(key?.variable ?? '', '');
  return {
    kind: 'place',
    model,
    account: {
      section: 'providers',
      type: null,
      entry,
      names: keyLabel === '' ? names : [...names, `${names[0] ?? ''}-${keyLabel}`],
    },
    priceAs: priceOfReseller(model),
    headers: {},
    readings: [],
  };
}

/** Bedrock: the region may stand in the model's name, before or behind the way in which it is asked. */
export function bedrockPlace(connection: Connection, desk: PlacingDesk): Placement {
  const written = connection.model?.text ?? '';
  const plain = written.replace(/^(?:converse_like|converse|invoke|async_invoke|openai|nova|llama|deepseek_r1)\//, '');
  if (/^agent(?:core)?\//.test(plain)) return unsupported('is an agent of Bedrock, which llmgw cannot ask');
  const [, inName, , model = plain] = /^([a-z]{2}(?:-[a-z]+)+-\d)\/(\d+-month-commitment\/)?(.+)$/.exec(plain) ?? [];
  const region = inName === undefined ? (connection.awsRegion ?? usualRegion(desk)) : literalValue(inName);
  if (region !== null && !fits('region', region)) return unsupported('has an aws_region_name that is none');
  if (!isWholeAwsKey(connection)) return unsupported('gives a part of an AWS key only');
  const aws = Object.fromEntries(Array.from(connection.aws, ([name, value]) => [name, value.written]));
  const more = presentOnly({
    region: region === null || isUsualRegion(region, desk) ? undefined : region.written,
    aws: isUsualAws(connection) ? undefined : aws,
  });
  const named = { ...connection, model: literalValue(model) };
  const placement = knownPlace('bedrock', named, desk, more);
  return placement.kind === 'place' && placement.account.entry['region'] !== undefined && region?.text
    ? { ...placement, account: { ...placement.account, names: [`bedrock-${region.text}`, ...placement.account.names] } }
    : placement;
}

const PROJECT_VARIABLES = ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_VERTEX_PROJECT', 'VERTEXAI_PROJECT'];
const LOCATION_VARIABLES = ['GOOGLE_CLOUD_LOCATION', 'GOOGLE_VERTEX_LOCATION', 'VERTEXAI_LOCATION'];
/** Where LiteLLM asks Vertex if nobody says. */
const USUAL_LOCATION = 'us-central1';
const GOOGLE_MODELS = /^(?:gemini|imagen|veo|text-embedding|textembedding|text-multilingual|multimodalembedding|\*)/;

/** Vertex AI: Google's models and Claude; those of other makers have APIs of their own. */
export function vertexPlace(connection: Connection, desk: PlacingDesk): Placement {
  const model = connection.model?.text ?? '';
  const id = model.startsWith('claude') ? 'vertex-claude' : 'vertex';
  if (id === 'vertex' && !GOOGLE_MODELS.test(model)) {
    return unsupported('is a model of another maker at Vertex AI, which llmgw cannot ask there');
  }
  const { variables } = desk;
  const project = connection.vertexProject ?? desk.vertexProject;
  const location = connection.vertexLocation ?? desk.vertexLocation;
  const credentials = connection.vertexCredentials;
  if (credentials?.text.trimStart().startsWith('{') === true) {
    return unsupported('holds the credentials of Google themselves; write them to a file and name that');
  }
  const isPlaced = variables.firstSet(LOCATION_VARIABLES) !== null;
  const region = location ?? (project !== null && !isPlaced ? literalValue(USUAL_LOCATION) : null);
  if (region !== null && !fits('region', region)) return unsupported('has a vertex_location that is none');
  if (project !== null && !fits('project', project)) return unsupported('has a vertex_project that is none');
  const more = presentOnly({
    project: project === null || isUsual(project, PROJECT_VARIABLES, desk) ? undefined : project.written,
    region: region === null || isUsual(region, LOCATION_VARIABLES, desk) ? undefined : region.written,
    google_credentials:
      credentials === null || credentials.variable === 'GOOGLE_APPLICATION_CREDENTIALS'
        ? undefined
        : credentials.written,
  });
  const placement = knownPlace(id, connection, desk, more);
  if (placement.kind !== 'place' || more['region'] === undefined || region === null) return placement;
  const names = [`${id}-${region.text}`, ...(project === null ? [] : [`${id}-${project.text}`])];
  return { ...placement, account: { ...placement.account, names: [...names, ...placement.account.names] } };
}

/** Azure AI: Claude by its own API, others by OpenAI's, at the resource or at a deployment of its own. */
export function azureAiPlace(connection: Connection, desk: PlacingDesk): Placement {
  const { variables } = desk;
  const apiBase = connection.apiBase ?? fromVariable('AZURE_AI_API_BASE', variables);
  const apiKey = connection.apiKey ?? fromVariable('AZURE_AI_API_KEY', variables);
  const full = { ...connection, apiBase, apiKey, apiVersion: null };
  if (apiBase === null) return unsupported('says no api_base, without which nobody knows its resource');
  if (connection.model?.text.startsWith('claude') === true) return knownPlace('azure-claude', full, desk);
  if (/\.(?:services\.ai|cognitiveservices|openai)\.azure\.com/.test(apiBase.text)) {
    const root = apiBase.text.replace(/\/models\/?(?:\?.*)?$/, '');
    return knownPlace('azure', { ...full, apiBase: root === apiBase.text ? apiBase : literalValue(root) }, desk);
  }
  const versioned = /\/v1\/?$/.test(apiBase.text) ? apiBase : literalValue(`${apiBase.text.replace(/\/+$/, '')}/v1`);
  return unknownPlace({ ...full, apiBase: versioned }, desk, null);
}

function furtherBase(id: string, { variables }: PlacingDesk): Value | null {
  const variable = Object.hasOwn(FURTHER_BASES, id) ? (FURTHER_BASES[id] ?? null) : null;
  const found = variable === null ? null : fromVariable(variable, variables);
  const isMoved = variables.firstSet(findProvider(id)?.baseVariables.map(({ name }) => name) ?? []) !== null;
  return isMoved ? null : found;
}

/** `null`: it is where the table has it anyway. */
function ownBase(id: string, written: Value, version: string | null): Value | null | 'wrong' {
  if (written.text === '') return written;
  const base = nativeBase(id, written.text, version);
  if (base === null) return 'wrong';
  return base === findProvider(id)?.apiBase ? null : withAddress(written, base);
}

function fromVariable(name: string, variables: Variables): Value | null {
  const text = variables.get(name);
  return text === null ? null : valueOfVariable(name, text);
}

/** Whether the native form takes it; what is not known yet is looked at when it is. */
function fits(key: 'region' | 'project' | 'api_version', { text, variable }: Value): boolean {
  return (text === '' && variable !== null) || provider.shape[key].safeParse(text).success;
}

function isWholeAwsKey({ aws }: Connection): boolean {
  const isKey = ({ text, variable }: Value) => (text === '' && variable !== null) || /^[\x21-\x7e]+$/.test(text.trim());
  const isComplete = aws.has('access_key_id') && aws.has('secret_access_key');
  return aws.size === 0 || (isComplete && Array.from(aws.values()).every(isKey));
}

function isVersioned(id: string): boolean {
  return id === 'azure';
}

/** `null`: the provider's usual key. `isOther`: the entry says something else, so a key must stand beside it. */
function keyOf(id: string, { apiKey }: Connection, { variables }: PlacingDesk, isOther: boolean): Value | null {
  const usual = findProvider(id)?.keyVariables ?? [];
  if (apiKey !== null) {
    const first = variables.firstSet(usual) ?? apiKey.variable;
    const isPlain = apiKey.variable !== null && usual.includes(apiKey.variable) && first === apiKey.variable;
    if (isPlain && !isOther) return null;
    return keyText(apiKey) === undefined ? null : apiKey;
  }
  const further = variables.firstSet(Object.hasOwn(FURTHER_KEYS, id) ? (FURTHER_KEYS[id] ?? []) : []);
  const found = variables.firstSet(usual) ?? further;
  if (found === null || (!isOther && usual.includes(found))) return null;
  return valueOfVariable(found, variables.get(found) ?? '');
}

interface AccountParts {
  readonly base: Value | null;
  readonly key: Value | null;
  readonly organization: Value | null;
  readonly more: NativeMap;
}

/** The plain id is for an entry that says nothing; what follows tells the others apart by what they say. */
function accountNames(id: string, { base, key, organization, more }: AccountParts): string[] {
  const isResource = id.startsWith('azure');
  const host = base === null || base.text === '' ? '' : isResource ? hostLabel(base.text) : plainHost(base.text);
  const parts = [
    host,
    variableLabel(key?.variable ?? '', id),
    variableLabel(organization?.variable ?? '', id),
    typeof more['project'] === 'string' ? more['project'].replace(/^\$\{|\}$/g, '').toLowerCase() : '',
  ];
  return parts.filter((part) => part !== '').map((part) => (part.startsWith(id) ? part : `${id}-${part}`));
}

/** `https://api.whatai.cc/v1` → `whatai-cc`. */
function plainHost(address: string): string {
  return new URL(address).hostname.replace(/^(?:api|www)\./, '').replaceAll('.', '-');
}

function usualRegion({ variables }: PlacingDesk): Value | null {
  const variable = variables.firstSet(['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_REGION_NAME']);
  return variable === null ? null : valueOfVariable(variable, variables.get(variable) ?? '');
}

function isUsualRegion(region: Value, desk: PlacingDesk): boolean {
  return isUsual(region, ['AWS_REGION', 'AWS_DEFAULT_REGION'], desk);
}

function isUsualAws({ aws }: Connection): boolean {
  return Array.from(aws).every(([name, { variable }]) => variable === `AWS_${name.toUpperCase()}`);
}

/** Comes from the variable that llmgw goes by anyway. */
function isUsual({ variable }: Value, names: readonly string[], { variables }: PlacingDesk): boolean {
  return variable !== null && names.includes(variable) && (variables.firstSet(names) ?? variable) === variable;
}
