import type { PathRule } from '../canonical/target.ts';
import type { CloudSignIn, Environment, Provider, RowShape } from './provider.ts';
import { providerRow } from './provider-row.ts';

/** The first that is set counts. Those of Google come before those of other programs. */
const PROJECTS = ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_VERTEX_PROJECT', 'VERTEXAI_PROJECT'] as const;
const LOCATIONS = ['GOOGLE_CLOUD_LOCATION', 'GOOGLE_VERTEX_LOCATION', 'VERTEXAI_LOCATION'] as const;
/** Claude Code's own. */
const CLAUDE_PROJECTS = [...PROJECTS, 'ANTHROPIC_VERTEX_PROJECT_ID'];
const CLAUDE_LOCATIONS = [...LOCATIONS, 'CLOUD_ML_REGION'];
/** Locations of many regions, whose hosts are named in another way. */
const HOSTS: ReadonlyMap<string, string> = new Map([
  ['global', 'aiplatform.googleapis.com'],
  ['us', 'aiplatform.us.rep.googleapis.com'],
  ['eu', 'aiplatform.eu.rep.googleapis.com'],
]);
const EXPRESS_VARIABLE = 'GOOGLE_VERTEX_API_KEY';

const SIGN_IN: CloudSignIn = {
  account: 'google',
  service: null,
  hosts: ['.googleapis.com'],
  hint:
    'set GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION, and sign in with ' +
    '`gcloud auth application-default login` or a service account (GOOGLE_APPLICATION_CREDENTIALS)',
};

/** Google Vertex AI: Gemini, and Claude under Anthropic's name. */
export const VERTEX: readonly Provider[] = [
  providerRow({
    id: 'vertex',
    displayName: 'Google Vertex AI',
    dialect: 'gemini',
    apiBase: baseOf(hostIn(LOCATIONS), 'v1beta1', PROJECTS, LOCATIONS, 'google'),
    // A key is for the express mode, which knows neither projects nor places.
    keyVariables: [EXPRESS_VARIABLE],
    modelListing: null,
    // Google's list of models, as the price data has it.
    knownModels: [
      'gemini-3.1-pro-preview',
      'gemini-3.7-flash',
      'gemini-3.5-flash-lite',
      'gemini-2.5-pro',
      'gemini-2.5-flash',
      'gemini-2.5-flash-lite',
    ],
    quirks: { images: 'inline', files: true, audio: true, flavour: 'google-cloud' },
    priceProvider: 'google',
    shapedBy: geminiShape,
    signIn: SIGN_IN,
  }),
  providerRow({
    id: 'vertex-claude',
    displayName: 'Claude on Google Vertex AI',
    dialect: 'anthropic-messages',
    apiBase: baseOf(hostIn(CLAUDE_LOCATIONS), 'v1', CLAUDE_PROJECTS, CLAUDE_LOCATIONS, 'anthropic'),
    keyVariables: [],
    credentialHeader: { kind: 'bearer' },
    // The version is a field of the body there.
    extraHeaders: {},
    modelListing: null,
    // Google's list of Claude's models, as Vercel's AI SDK has it.
    knownModels: [
      'claude-opus-4-8',
      'claude-opus-4-7',
      'claude-opus-4-6',
      'claude-sonnet-4-6',
      'claude-opus-4-5@20251101',
      'claude-sonnet-4-5@20250929',
    ],
    quirks: { statesOf: 'anthropic', files: true, flavour: 'google-cloud' },
    priceProvider: 'google',
    pathRule: predictPath(),
    shapedBy: claudeShape,
    signIn: SIGN_IN,
  }),
];

function geminiShape(env: Environment): RowShape {
  if ((env[EXPRESS_VARIABLE]?.trim() ?? '') !== '') {
    return { apiBase: 'https://aiplatform.googleapis.com/v1/publishers/google' };
  }
  const host = HOSTS.get(valueOf(env, LOCATIONS));
  return host === undefined ? {} : { apiBase: baseOf(host, 'v1beta1', PROJECTS, LOCATIONS, 'google') };
}

function claudeShape(env: Environment): RowShape {
  const host = HOSTS.get(valueOf(env, CLAUDE_LOCATIONS));
  return host === undefined ? {} : { apiBase: baseOf(host, 'v1', CLAUDE_PROJECTS, CLAUDE_LOCATIONS, 'anthropic') };
}

function hostIn(locations: readonly string[]): string {
  return `{${locations.join('|')}}-aiplatform.googleapis.com`;
}

function baseOf(
  host: string,
  version: string,
  projects: readonly string[],
  locations: readonly string[],
  publisher: string,
): string {
  const place = `projects/{${projects.join('|')}}/locations/{${locations.join('|')}}`;
  return `https://${host}/${version}/${place}/publishers/${publisher}`;
}

function valueOf(env: Environment, names: readonly string[]): string {
  return names.map((name) => env[name]?.trim() ?? '').find((value) => value !== '') ?? '';
}

/** Of Anthropic's paths: `/messages` asks the model, `/messages/count_tokens` one that is there for counting. */
function predictPath(): PathRule {
  return ({ path, model, stream }) => {
    if (path.endsWith('/count_tokens')) return '/models/count-tokens:rawPredict';
    // Versions follow an at sign, which stays as Anthropic's SDK for Vertex leaves it.
    const id = encodeURIComponent(model).replaceAll('%40', '@');
    return `/models/${id}:${stream ? 'streamRawPredict' : 'rawPredict'}`;
  };
}
