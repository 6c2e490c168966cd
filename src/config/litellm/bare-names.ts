/**
 * Makers by how the names of their models begin, for names without a provider. LiteLLM looks such a name up in its list
 * of prices; what that list has are the makers' own names, and those of Bedrock. Gemini without a provider is Vertex
 * there.
 */
const MAKERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:ft:)?(?:gpt-|chatgpt-|o\d(?:$|-)|codex-|davinci|babbage|computer-use)/, 'openai'],
  [/^(?:text-embedding-(?:ada|3)|dall-e-|whisper-|tts-|(?:omni|text)-moderation|sora-)/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^(?:gemini-|text-embedding-00|gemini-embedding|multimodalembedding|imagen|textembedding)/, 'vertex_ai'],
  [/^(?:command(?:$|-)|embed-(?:english|multilingual)|c4ai-|rerank-)/, 'cohere'],
  [
    /^(?:(?:us|eu|apac|jp|au|global|us-gov)\.)?(?:ai21|amazon|anthropic|cohere|meta|mistral|deepseek|openai)\./,
    'bedrock',
  ],
  [/^deepseek-/, 'deepseek'],
  [/^(?:jamba|j2)-/, 'ai21'],
  [/^(?:codestral|mistral|ministral|pixtral|magistral|devstral|open-mi)/, 'mistral'],
  [/^grok-/, 'xai'],
];

/** LiteLLM's name of the provider of a model that names none; `null`: its name tells nothing. */
export function providerOfBareName(model: string): string | null {
  return MAKERS.find(([beginning]) => beginning.test(model))?.[1] ?? null;
}

/** Names under which OpenAI, Anthropic and Google sell their models: who resells them sells by these names. */
const SOLD_BY: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt-(?!oss)|chatgpt-|o\d(?:$|-)|text-embedding-(?:ada|3))/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^gemini-/, 'gemini'],
];

/** `openai/gpt-4o`: whose price a model has that stands behind a stranger's address; `null`: nobody knows. */
export function priceOfReseller(model: string): string | null {
  const maker = SOLD_BY.find(([beginning]) => beginning.test(model))?.[1];
  return maker === undefined ? null : `${maker}/${model}`;
}
