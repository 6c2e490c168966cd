/** Which of a provider's keys: the unnamed one (`openai`) or one with a name (`openai:work`). */
export interface Account {
  readonly provider: string;
  /** `null`: the unnamed one. */
  readonly name: string | null;
}

/** Visible characters without a slash or a colon, as the config takes them for providers; names are plainer. */
const ACCOUNT = /^([!-.0-9;-~]{1,128})(?::([A-Za-z0-9._-]{1,64}))?$/;

/** Reads `openai` or `openai:work`; `null`: it is neither. */
export function parseAccount(text: string): Account | null {
  const parts = ACCOUNT.exec(text);
  const provider = parts?.[1];
  return provider === undefined ? null : { provider, name: parts?.[2] ?? null };
}

/** As it is written: `openai`, `openai:work`. */
export function accountText({ provider, name }: Account): string {
  return name === null ? provider : `${provider}:${name}`;
}
