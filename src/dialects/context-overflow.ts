/**
 * Sentences with which providers say that a prompt is longer than the model's context: OpenAI, Anthropic, Gemini, vLLM,
 * llama.cpp, Ollama (recorded from real servers and taken from the providers' references).
 */
// prettier-ignore
const SENTENCES = [
  /context_length_exceeded/i,
  /maximum context length/i,
  /prompt is too long/i,
  /input is too long for requested model/i,
  /exceed_context_size_error/i,
  /exceeds the (?:available )?context (?:size|length|window)/i,
  /input token count[^.]{0,60}exceeds the maximum/i,
  /input length exceeds (?:the )?(?:maximum )?context length/i,
  /(?:prompt|input|request)[^.]{0,80}(?:larger|longer|greater) than[^.]{0,40}context/i,
  /context (?:length|window|size) (?:is |was )?exceeded/i,
  /exceeds? (?:the )?(?:model'?s )?(?:maximum )?context/i,
  /too many (?:input )?tokens/i,
  /reduce the length of the (?:messages|prompt)/i,
];

/** llama.cpp and Ollama: "request (9018 tokens) exceeds the available context size (8192 tokens)". */
const TOLD_TOKENS = /\brequest \((\d{1,9}) tokens\) exceeds\b/i;

/** How many tokens a prompt that did not fit has, where the upstream says so. */
export function toldPromptTokens(message: string): number | null {
  const [, tokens] = TOLD_TOKENS.exec(message) ?? [];
  return tokens === undefined ? null : Number(tokens);
}

/** Whether an error of an upstream says that the prompt does not fit, by its code, type or message. */
export function isContextOverflow(...texts: readonly (string | number | null)[]): boolean {
  return texts.some((text) => typeof text === 'string' && SENTENCES.some((sentence) => sentence.test(text)));
}
