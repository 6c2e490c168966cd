/** The beginning of the client keys that this gateway makes. */
const OWN_KEY_PREFIX = 'sk-llmgw-';

/** Visible ASCII: what an HTTP header carries unchanged. A key holds no blanks. */
const HEADER_SAFE = /^[\x21-\x7e]+$/;

/** Texts that stand where a key should be: in examples, templates, and for servers that want any key. */
const PLACEHOLDERS: readonly RegExp[] = [
  /^(?:[a-z]{2,8}[-_])*(?:x{3,}|\*{3,}|\.{3,})$/i,
  /^(?:[a-z]{2,8}[-_])*(?:your|insert|enter|replace|paste|put)[-_].*(?:key|token|secret|here)/i,
  /^<.*>$/,
  /^\$?\{.*\}$/,
  /^\[.*\]$/,
  /^(?:sk-)?(?:change[-_]?me|placeholder|dummy|fake|example|test|none|null|undefined|empty|todo|secret|key|token)$/i,
  /^(?:sk-)?(?:(?:dummy|fake|test|my|no)[-_](?:api[-_])?key|api[-_]?key|not[-_]needed|not[-_]used|anything|1234\d*)$/i,
];

/** Why a value cannot be a key, as the end of a sentence that does not hold it; `null`: nothing speaks against it. */
export function judgeKey(value: string, refusedPrefixes: readonly string[]): string | null {
  if (!HEADER_SAFE.test(value)) return 'it holds blanks, line breaks or characters that no key has';
  if (/^(["']).*\1$/.test(value)) return 'it is wrapped in quotes';
  if (value.startsWith(OWN_KEY_PREFIX)) return "it is llmgw's own client key, not a provider's";
  if (PLACEHOLDERS.some((pattern) => pattern.test(value))) return 'it is a placeholder';
  const refused = refusedPrefixes.find((prefix) => value.startsWith(prefix));
  if (refused !== undefined) return `keys that begin with ${refused} are not for calling models`;
  return null;
}
