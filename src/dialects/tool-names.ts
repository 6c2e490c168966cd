import type { CanonicalRequest } from '../canonical/request.ts';

/** What an upstream allows in the name of a tool. */
export interface NameRule {
  /** Characters that are not allowed; each becomes `_`. */
  readonly forbidden: RegExp;
  /** What the first character must be; another gets a `_` before it. */
  readonly first: RegExp;
  readonly maxCharacters: number;
}

/** OpenAI, Anthropic, Bedrock. */
export const COMMON_NAMES: NameRule = { forbidden: /[^a-zA-Z0-9_-]/g, first: /^[a-zA-Z0-9_-]/, maxCharacters: 64 };
/** Gemini. */
export const GEMINI_NAMES: NameRule = { forbidden: /[^a-zA-Z0-9_.:-]/g, first: /^[a-zA-Z_]/, maxCharacters: 64 };

/** The names of a request's tools as an upstream takes them, and back. */
export interface ToolNames {
  readonly sent: (name: string) => string;
  readonly original: (sent: string) => string;
}

/** Asked for several times in one exchange: for the tools, for the messages, and for the answer. */
const known = new WeakMap<CanonicalRequest['tools'], Map<NameRule, ToolNames>>();

const NO_TOOLS: CanonicalRequest['tools'] = [];

/** The same request gives the same names, so that its answer can be read with nothing but the request. */
export function toolNamesFor(request: Pick<CanonicalRequest, 'tools'>, rule: NameRule): ToolNames {
  const tools = request.tools.length === 0 ? NO_TOOLS : request.tools;
  let byRule = known.get(tools);
  if (byRule === undefined) {
    byRule = new Map();
    known.set(tools, byRule);
  }
  let names = byRule.get(rule);
  if (names === undefined) {
    names = namesOf(tools, rule);
    byRule.set(rule, names);
  }
  return names;
}

function namesOf(tools: CanonicalRequest['tools'], rule: NameRule): ToolNames {
  const sent = new Map<string, string>();
  const original = new Map<string, string>();
  for (const tool of tools) {
    if (tool.kind === 'provider' || sent.has(tool.name)) continue;
    const name = freeName(allowed(tool.name, rule), original, rule.maxCharacters);
    sent.set(tool.name, name);
    original.set(name, tool.name);
  }
  return {
    sent: (name) => sent.get(name) ?? allowed(name, rule),
    original: (name) => original.get(name) ?? name,
  };
}

function allowed(name: string, { forbidden, first, maxCharacters }: NameRule): string {
  const cleaned = name.replace(forbidden, '_');
  return (first.test(cleaned) ? cleaned : `_${cleaned}`).slice(0, maxCharacters);
}

function freeName(name: string, taken: ReadonlyMap<string, string>, maxCharacters: number): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) {
    const suffix = `_${number}`;
    const other = name.slice(0, maxCharacters - suffix.length) + suffix;
    if (!taken.has(other)) return other;
  }
}
