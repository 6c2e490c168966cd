/**
 * Whether a model takes custom tools and `allowed_tools` as OpenAI has them: its own from GPT-5 on (OpenAI's guide
 * "Using GPT-5", sections "Custom tools" and "Allowed tools"). What imitates the dialect knows neither.
 */
export function knowsCustomTools(model: string): boolean {
  return /^(?:openai\/)?gpt-(?:[5-9]|\d\d)(?!-chat)/.test(model);
}
