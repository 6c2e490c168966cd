import type { Secret } from '../std/secret.ts';

export interface Redactor {
  /** From now on the text of this secret is replaced wherever it stands. */
  know(secret: Secret): void;
  /** The text without secrets that are known and without anything shaped like a key. */
  redact(text: string): string;
}

const SHOWN = '[secret]';
/** A known secret shorter than this would blank out ordinary words. */
const LEAST_KNOWN_CHARACTERS = 8;
const MOST_KNOWN = 1000;

/**
 * The shapes that keys have: of the providers that publish one, of ours, of authorization headers, of web tokens, and
 * of passwords in addresses. What stands before the key is kept, so that the line still says what it was.
 */
const SHAPES = new RegExp(
  [
    String.raw`(?<head>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}`,
    String.raw`(?<user>:\/\/)[^\s/:@"\\]*:[^\s/@"\\]+(?=@)`,
    String.raw`(?<query>[?&](?:key|api[-_]?key|access_token|token)=)[^\s&"\\]+`,
    String.raw`\bsk-[A-Za-z0-9_-]{6,}`,
    String.raw`\bllmgw-admin-[A-Za-z0-9]{6,}`,
    String.raw`\b(?:gsk|xai|hf|r8|pplx|nvapi|tgp|fw|csk|vck|dop|glpat|ghp|gho|ghs|github_pat)[-_][A-Za-z0-9_-]{16,}`,
    String.raw`\bAIza[A-Za-z0-9_-]{20,}`,
    String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`,
    String.raw`(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,4096}\.[A-Za-z0-9_-]{1,8192}\.[A-Za-z0-9_-]{0,4096}`,
  ].join('|'),
  'gi',
);

/** Takes secrets out of what is about to be written down. */
export function createRedactor(): Redactor {
  const known = new Set<string>();
  return {
    know: (secret) => {
      const text = secret.reveal();
      if (text.length < LEAST_KNOWN_CHARACTERS || known.size >= MOST_KNOWN) return;
      known.add(text);
      // Inside a line of JSON the text stands in its escaped form.
      known.add(JSON.stringify(text).slice(1, -1));
    },
    redact: (text) => {
      let clean = text;
      for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, SHOWN);
      return clean.replace(SHAPES, replaceShape);
    },
  };
}

function replaceShape(...found: readonly unknown[]): string {
  const groups = found.at(-1) as { head?: string; user?: string; query?: string };
  return (groups.head ?? groups.user ?? groups.query ?? '') + SHOWN;
}
