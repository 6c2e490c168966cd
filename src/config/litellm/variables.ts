/** The environment as LiteLLM sees it: its own, what `.env` adds, and what the file sets. */
export class Variables {
  readonly #env: NodeJS.ProcessEnv;
  readonly #added = new Map<string, string>();

  /** What the environment has counts before what stands in `.env`. */
  constructor(env: NodeJS.ProcessEnv, dotenv: NodeJS.Dict<string>) {
    this.#env = env;
    for (const [name, text] of Object.entries(dotenv)) {
      if (text !== undefined && env[name] === undefined) this.#added.set(name, text);
    }
  }

  /** A variable that is empty counts as one that is not set. */
  get(name: string): string | null {
    const text = this.#added.get(name) ?? (Object.hasOwn(this.#env, name) ? this.#env[name] : undefined);
    return text === undefined || text === '' ? null : text;
  }

  /** From `environment_variables`, which count before the environment. */
  set(name: string, text: string): void {
    this.#added.set(name, text);
  }

  /** The first of several that is set; `null`: none is. */
  firstSet(names: readonly string[]): string | null {
    return names.find((name) => this.get(name) !== null) ?? null;
  }

  /** What the native form needs in its environment beside what is there. */
  get added(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#added);
  }
}
