const MAX_REMEMBERED = 256;
const MAX_CHARACTERS = 40;

/** User-Agents whose first word does not say what they are. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^OpenAI\/Python|^AsyncOpenAI\/Python/i, 'openai-python'],
  [/^(?:Async)?OpenAI\/JS/i, 'openai-node'],
  [/^(?:Async)?Anthropic\/Python/i, 'anthropic-python'],
  [/^(?:Async)?Anthropic\/JS/i, 'anthropic-node'],
  [/\bai-sdk\//i, 'ai-sdk'],
  [/\bElectron\/.*\bobsidian\b|\bobsidian\b.*\bElectron\//i, 'obsidian'],
  [/\bCode\/.*\bElectron\//, 'vscode'],
  [/^Mozilla\//, 'browser'],
];

/** The SDK that OpenAI generates, inside a program whose bundler renamed its class: `ls/JS 5.1.0`. */
const MINIFIED_SDK = /^\w{1,3}\/JS \d/;

const known = new Map<string, string | null>();

/** The family of a User-Agent, for the ledger: `openai-python`, `curl`, `claude-cli`. `null`: none was sent. */
export function clientFamily(userAgent: string | undefined): string | null {
  if (userAgent === undefined) return null;
  const before = known.get(userAgent);
  if (before !== undefined) return before;
  if (known.size >= MAX_REMEMBERED) known.clear();
  const family = decide(userAgent);
  known.set(userAgent, family);
  return family;
}

function decide(userAgent: string): string | null {
  if (MINIFIED_SDK.test(userAgent)) return 'openai-node';
  for (const [pattern, family] of FAMILIES) if (pattern.test(userAgent)) return family;
  const product = /^[A-Za-z0-9._@-]+/.exec(userAgent)?.[0];
  return product === undefined ? null : product.slice(0, MAX_CHARACTERS).toLowerCase();
}
