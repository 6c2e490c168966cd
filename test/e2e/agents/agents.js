// The agents: what is installed, and how each is pointed at a gateway and asked one thing without a terminal.
import { join } from 'node:path';

const PLATFORM = `${process.platform}-${process.arch}`;

/** Every name that an agent may ask for; the gateway's config gives each the same meaning. */
export const MODEL = 'coder';
/** Codex has other tools for names that it knows: `apply_patch`, whose input is no JSON, and a search for tools. */
const CODEX_MODEL = 'gpt-5.5';
export const MODEL_NAMES = [MODEL, CODEX_MODEL, 'gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-2.5-flash-lite'];

const PATCH = { input: '*** Begin Patch\n*** Add File: hello.txt\n+Hello\n*** End Patch\n' };

/** Agents that do not know a model have to be told how much it takes, in tokens. */
const CONTEXT = 200_000;

/**
 * - `dialect`: what it speaks, as the gateway names it.
 * - `packages`: exact versions; `program`: below `node_modules`, run by Node where it ends in .js.
 * - `probes`: further tools to be called once each; `denied`: what the agent answers where it does not know the call.
 * - `start({url, key, home, prompt})`: arguments, environment and files below the home (JSON where they are no text).
 */
export const AGENTS = [
  {
    name: 'claude-code',
    dialect: 'anthropic-messages',
    packages: [`@anthropic-ai/claude-code-${PLATFORM}@2.1.330`],
    program: `@anthropic-ai/claude-code-${PLATFORM}/claude`,
    // Tools that are sent without their schema until they are asked for.
    probes: [
      { tool: 'ToolSearch', given: { query: 'select:WebFetch,WebSearch', max_results: 3 }, denied: /No such tool/ },
    ],
    start: ({ url, key, prompt }) => ({
      args: ['-p', prompt, '--model', MODEL, '--allowedTools', 'Bash', '--output-format', 'json'],
      env: {
        IS_SANDBOX: '1',
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: key,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: MODEL,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
      },
    }),
  },
  codex('codex', MODEL, [{ tool: 'close_agent', denied: /unsupported call/ }]),
  codex('codex gpt', CODEX_MODEL, [
    { tool: 'apply_patch', given: PATCH, denied: /unsupported call/ },
    { tool: 'tool_search', given: { query: 'spawn agent' }, denied: /unsupported call/ },
  ]),
  openCode('chat', 'openai-chat', '@ai-sdk/openai-compatible', '/v1'),
  openCode('responses', 'openai-responses', '@ai-sdk/openai', '/v1'),
  openCode('messages', 'anthropic-messages', '@ai-sdk/anthropic', '/v1'),
  openCode('gemini', 'gemini', '@ai-sdk/google', '/v1beta'),
  {
    name: 'gemini-cli',
    dialect: 'gemini',
    packages: ['@google/gemini-cli@0.61.0'],
    program: '@google/gemini-cli/bundle/gemini.js',
    start: ({ url, key, prompt }) => ({
      args: ['-y', '-m', 'gemini-2.5-pro', '-p', prompt],
      env: { GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_TRUST_WORKSPACE: 'true' },
      files: { '.gemini/settings.json': { security: { auth: { selectedType: 'gemini-api-key' } } } },
    }),
  },
  {
    name: 'qwen-code',
    dialect: 'openai-chat',
    packages: ['@qwen-code/qwen-code@0.15.10'],
    program: '@qwen-code/qwen-code/cli.js',
    start: ({ url, key, prompt }) => ({
      args: ['--auth-type', 'openai', '-y', '-p', prompt],
      env: { OPENAI_API_KEY: key, OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: MODEL },
    }),
  },
  copilot('chat', 'openai-chat', { COPILOT_PROVIDER_TYPE: 'openai', COPILOT_PROVIDER_WIRE_API: 'completions' }, '/v1'),
  copilot(
    'responses',
    'openai-responses',
    { COPILOT_PROVIDER_TYPE: 'openai', COPILOT_PROVIDER_WIRE_API: 'responses' },
    '/v1',
  ),
  copilot('messages', 'anthropic-messages', { COPILOT_PROVIDER_TYPE: 'anthropic' }, ''),
  {
    name: 'continue',
    dialect: 'openai-chat',
    packages: ['@continuedev/cli@1.5.47'],
    program: '@continuedev/cli/dist/cn.js',
    start: ({ url, key, home, prompt }) => ({
      args: ['--config', join(home, 'llmgw.yaml'), '--auto', '-p', prompt],
      env: { CONTINUE_TELEMETRY_ENABLED: '0' },
      files: {
        // YAML takes JSON.
        'llmgw.yaml': {
          name: 'llmgw',
          version: '1.0.0',
          schema: 'v1',
          models: [
            {
              name: 'Coder',
              provider: 'openai',
              model: MODEL,
              apiBase: `${url}/v1`,
              apiKey: key,
              roles: ['chat'],
              capabilities: ['tool_use'],
              defaultCompletionOptions: { contextLength: CONTEXT, maxTokens: 8192 },
            },
          ],
        },
      },
    }),
  },
];

/** A tool of a namespace has a flat name in other dialects, and one whose input is no JSON has an object around it. */
function codex(name, model, probes) {
  return {
    name,
    dialect: 'openai-responses',
    packages: ['@openai/codex@0.169.0'],
    program: '@openai/codex/bin/codex.js',
    probes,
    start: ({ url, key, prompt }) => ({
      args: ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '--json', prompt],
      env: { LLMGW_API_KEY: key },
      files: {
        '.codex/config.toml': [
          `model = "${model}"`,
          'model_provider = "llmgw"',
          `model_context_window = ${CONTEXT}`,
          '[model_providers.llmgw]',
          'name = "llmgw"',
          `base_url = "${url}/v1"`,
          'wire_api = "responses"',
          'env_key = "LLMGW_API_KEY"',
          'request_max_retries = 0',
          'stream_max_retries = 0',
        ].join('\n'),
      },
    }),
  };
}

function openCode(mode, dialect, npm, path) {
  return {
    name: `opencode ${mode}`,
    dialect,
    packages: [`opencode-${PLATFORM}@1.18.34`],
    program: `opencode-${PLATFORM}/bin/opencode`,
    start: ({ url, key, prompt }) => ({
      args: ['run', prompt],
      env: {
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_CONFIG_CONTENT: JSON.stringify({
          provider: {
            llmgw: {
              npm,
              name: 'llmgw',
              options: { baseURL: `${url}${path}`, apiKey: key },
              models: {
                [MODEL]: {
                  name: 'Coder',
                  reasoning: true,
                  tool_call: true,
                  limit: { context: CONTEXT, output: 32_000 },
                },
              },
            },
          },
          model: `llmgw/${MODEL}`,
          small_model: `llmgw/${MODEL}`,
          permission: 'allow',
        }),
      },
    }),
  };
}

function copilot(mode, dialect, env, path) {
  return {
    name: `copilot ${mode}`,
    dialect,
    packages: [`@github/copilot-${PLATFORM}@1.0.102`],
    program: `@github/copilot-${PLATFORM}/copilot`,
    start: ({ url, key, prompt }) => ({
      args: ['-p', prompt, '--allow-all-tools'],
      env: {
        ...env,
        COPILOT_PROVIDER_BASE_URL: `${url}${path}`,
        COPILOT_PROVIDER_API_KEY: key,
        COPILOT_MODEL: MODEL,
        COPILOT_PROVIDER_MAX_PROMPT_TOKENS: `${CONTEXT}`,
        COPILOT_PROVIDER_MAX_OUTPUT_TOKENS: '16000',
        COPILOT_OFFLINE: 'true',
      },
    }),
  };
}
