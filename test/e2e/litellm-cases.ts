/** A request, and where it goes. */
export interface Asked {
  readonly model: string;
  readonly more?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Left out: 200. */
  readonly status?: number;
  /** Who is asked, in order: `model @ host`, hosts of OpenAI and Groq by their name. */
  readonly goesTo: readonly string[];
  /** What the last of them gets. */
  readonly sent?: object;
  readonly lacks?: readonly string[];
  /** The key that it gets. */
  readonly key?: string;
  /** What comes back. */
  readonly answer?: object;
  /** Pico-dollars in the ledger. */
  readonly costPico?: number;
}

/** What is to come of a file. */
export interface Case {
  readonly asks: readonly Asked[];
  /** How what is said of the file begins, in its order; left out: of files that have an expectation elsewhere. */
  readonly notes?: readonly string[];
}

const TOOL = { type: 'function', function: { name: 'look', strict: true, parameters: { type: 'object' } } };
const tags = (...names: string[]) => ({ metadata: { tags: names } });

/** By the name of the file. */
export const CASES: Readonly<Record<string, Case>> = {
  order: { asks: [{ model: 'leveled', goesTo: ['order-a-503 @ openai', 'order-b @ groq'] }] },
  weights: {
    asks: [
      { model: 'weighed', goesTo: ['weight-b @ groq'] },
      { model: 'shared', goesTo: ['weight-b-503 @ groq', 'weight-a @ openai'] },
    ],
  },
  tags: {
    asks: [
      { model: 'tagged', goesTo: ['tag-default @ openai'] },
      { model: 'tagged', more: tags('pii'), goesTo: ['tag-pii @ groq'] },
      { model: 'tagged', headers: { 'x-litellm-tags': 'eu' }, goesTo: ['tag-pii @ groq'] },
      { model: 'tagged', more: tags('secret'), status: 401, goesTo: [] },
    ],
  },
  'tags-in-info': {
    notes: [
      '3 model_list[0].model_info.tags: are not looked at here by LiteLLM',
      '4 model_list[1].model_info.tags: are not looked at here by LiteLLM',
      '5 litellm_settings.enable_tag_filtering: belongs to router_settings',
    ],
    asks: [
      { model: 'informed', goesTo: ['info-default @ openai'] },
      { model: 'informed', more: tags('pii'), goesTo: ['info-pii @ groq'] },
    ],
  },
  regions: {
    asks: [
      { model: 'placed', goesTo: ['region-us @ openai'] },
      { model: 'placed', more: { allowed_model_region: 'eu' }, goesTo: ['region-eu @ groq'] },
    ],
  },
  'fallback-lists': { asks: [{ model: 'list-a', goesTo: ['fall-a-503 @ openai', 'fall-b @ groq'] }] },
  'fallback-models': {
    notes: ['8 router_settings.fallbacks[0]: is a spelling that LiteLLM refuses'],
    asks: [{ model: 'spelled-a', goesTo: ['spelled-a-503 @ openai', 'spelled-b @ groq'] }],
  },
  'fallback-map': {
    notes: ['4 litellm_settings.fallbacks: is a map, which LiteLLM refuses'],
    asks: [{ model: 'mapped-a', goesTo: ['mapped-a-503 @ openai', 'mapped-b @ groq'] }],
  },
  'fallback-circle': {
    asks: [{ model: 'circle-a', status: 503, goesTo: ['circle-a-503 @ openai', 'circle-b-503 @ groq'] }],
  },
  'fallback-self': {
    notes: ['5 litellm_settings.fallbacks[0].self[0]: is its own fallback'],
    asks: [{ model: 'self', goesTo: ['self-a-503 @ openai', 'self-b @ groq'] }],
  },
  'fallback-default': { asks: [{ model: 'default-a', goesTo: ['default-a-503 @ openai', 'default-b @ groq'] }] },
  'fallback-long': { asks: [{ model: 'long-a', goesTo: ['long-a-long @ openai', 'long-b @ groq'] }] },
  'fallback-content': { asks: [{ model: 'content-a', goesTo: ['content-a-filtered @ openai', 'content-b @ groq'] }] },
  'retry-policy': {
    asks: [
      { model: 'patient', status: 503, goesTo: Array.from({ length: 3 }, () => 'patient-503 @ openai') },
      { model: 'hasty', status: 429, goesTo: Array.from({ length: 2 }, () => 'hasty-429 @ openai') },
    ],
  },
  'retry-article': {
    notes: [
      '5 router_settings.retry_policy.num_retries: is no part of a policy for LiteLLM',
      '5 router_settings.retry_policy.retry_after: is no part of a policy for LiteLLM',
    ],
    asks: [{ model: 'again', status: 503, goesTo: ['again-503 @ openai', 'again-503 @ openai'] }],
  },
  cooldown: {
    asks: [
      { model: 'cooling', goesTo: ['cool-a-503 @ openai', 'cool-b @ groq'] },
      { model: 'cooling', goesTo: ['cool-b @ groq'] },
    ],
  },
  'cooldown-policy': {
    asks: [
      { model: 'borne', goesTo: ['borne-a-503 @ openai', 'borne-b @ groq'] },
      { model: 'borne', more: { seed: 2 }, goesTo: ['borne-a-503 @ openai', 'borne-b @ groq'] },
      { model: 'barred', goesTo: ['barred-a-401 @ openai', 'barred-b @ groq'] },
      { model: 'barred', goesTo: ['barred-b @ groq'] },
    ],
  },
  aliases: {
    asks: [
      { model: 'real', goesTo: ['alias-real @ openai'] },
      { model: 'gpt-4', goesTo: ['alias-real @ openai'] },
      { model: 'secret', goesTo: ['alias-real @ openai'] },
    ],
  },
  wildcards: {
    asks: [
      { model: 'wild-one', goesTo: ['wild-one @ openai'] },
      { model: 'openai/gpt-next', goesTo: ['gpt-next @ openai'] },
      { model: 'team/small', goesTo: ['team-small @ groq'] },
      { model: 'whatever', goesTo: ['any-whatever @ groq'] },
    ],
  },
  everything: {
    notes: ['3 model_list[0]: lets through every model by its own name'],
    asks: [
      { model: 'everything', goesTo: ['everything @ openai'] },
      { model: 'groq/unheard-of', goesTo: ['unheard-of @ groq'] },
    ],
  },
  'access-groups': { asks: [{ model: 'beta-one', goesTo: ['beta-one @ openai'] }] },
  credentials: {
    asks: [
      { model: 'housed', goesTo: ['housed @ llm.house.example'], key: 'key-of-the-house' },
      { model: 'set', goesTo: ['set @ openai'], key: 'key-set-in-the-file' },
    ],
  },
  missing: {
    notes: ['3 model_list[0].litellm_params.api_key: names the environment variable IS_NOT_SET, which is not set'],
    asks: [{ model: 'half', goesTo: ['half-b @ groq'] }],
  },
  includes: { asks: [{ model: 'included', goesTo: ['included-503 @ openai', 'included-b @ groq'] }] },
  parameters: {
    asks: [
      {
        model: 'given',
        more: { user: 'me', tools: [TOOL] },
        goesTo: ['given @ openai'],
        sent: {
          temperature: 0.3,
          provider_field: 1,
          tools: [{ ...TOOL, function: { name: 'look', parameters: { type: 'object' } } }],
        },
        lacks: ['user'],
      },
      { model: 'given', more: { temperature: 1 }, goesTo: ['given @ openai'], sent: { temperature: 1 } },
    ],
  },
  'default-parameters': {
    asks: [{ model: 'defaulted', goesTo: ['defaulted @ openai'], sent: { temperature: 0.1, top_p: 0.5 } }],
  },
  mock: {
    asks: [{ model: 'mocked', goesTo: [], answer: { choices: [{ message: { content: 'As was said.' } }] } }],
  },
  prices: {
    asks: [
      { model: 'priced', goesTo: ['priced @ openai'], costPico: 9_000_000_000 },
      { model: 'based', goesTo: ['our-name @ openai'], costPico: 32_500_000 },
    ],
  },
  cheapest: { asks: [{ model: 'cheapest', goesTo: ['cheap-b @ groq'] }] },
  rates: {
    asks: [
      { model: 'rated', goesTo: ['rate-a @ openai'] },
      { model: 'rated', goesTo: ['rate-b @ groq'] },
      { model: 'rated', status: 429, goesTo: [] },
    ],
  },
  timeouts: {
    asks: [
      { model: 'timed', goesTo: ['time-a-silent @ openai', 'time-b @ groq'] },
      { model: 'timed-stream', more: { stream: true }, goesTo: ['stream-a-silent @ openai', 'stream-b @ groq'] },
    ],
  },
};

/** The files of articles, whose remarks stand in `expected/`. */
export const ARTICLES: Readonly<Record<string, Case>> = {
  'article-strategies': { asks: [{ model: 'local-llama', goesTo: ['llama3.1:8b @ localhost:11434'] }] },
  'article-tags': {
    asks: [
      { model: 'smart-cloud', goesTo: ['gpt-4o @ openai'] },
      { model: 'smart-cloud', more: tags('pii'), goesTo: ['qwen3:32b @ 192.168.1.20:11434'] },
      { model: 'smart-cloud', more: tags('finance'), status: 401, goesTo: [] },
    ],
  },
  'article-dev-prod': {
    asks: [
      { model: 'gpt-4o', goesTo: ['gpt-4o @ openai'] },
      { model: 'claude-opus', goesTo: ['claude-opus-4-6 @ api.anthropic.com'] },
    ],
  },
  'article-caches': { asks: [{ model: 'claude-sonnet', goesTo: ['claude-sonnet-4-5 @ api.anthropic.com'] }] },
};
