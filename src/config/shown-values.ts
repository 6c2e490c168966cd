import type { Secret } from '../std/secret.ts';
import { isObject } from '../std/is-object.ts';
import { hasLiteralPart } from './environment.ts';
import { isKeychainReference } from './fields.ts';
import type { ConfigPath } from './problem.ts';
import { readYaml } from './read-yaml.ts';
import { partAt } from './tree.ts';
import type { Tree } from './tree.ts';

/** A config in the words of the file, as plain data. */
export type EffectiveConfig = Readonly<Record<string, unknown>>;

const HIDDEN = '[secret]';

/** A text as it stands in the file: its references are references. */
class Written {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** How what may be a secret can be shown: as it is written in the file, if that is no secret itself. */
export class ShownValues {
  readonly #tree: Tree | null;

  /** `null`: nobody knows how it is written. */
  constructor(text: string | null) {
    this.#tree = text === null ? null : readYaml(text).tree;
  }

  /** A reference as it stands, without the default in it, which may be a key. */
  secret(path: ConfigPath): unknown {
    const written = this.#textAt(path).trim();
    if (isKeychainReference(written)) return new Written(written);
    return written === '' || hasLiteralPart(written) ? HIDDEN : new Written(withoutDefaults(written));
  }

  /** Each value of a map of secrets. The names of headers are written in any case. */
  secrets(path: ConfigPath, secrets: ReadonlyMap<string, Secret>): EffectiveConfig {
    const part = this.#tree === null ? null : partAt(this.#tree, path);
    const keys = part?.kind === 'map' ? [...part.entries.keys()] : [];
    return Object.fromEntries(
      Array.from(secrets.keys(), (name) => {
        const key = keys.findLast((written) => written.toLowerCase() === name) ?? name;
        return [name, this.secret([...path, key])];
      }),
    );
  }

  /** Plain data as it is, but for what comes from the environment: that is shown as a reference. */
  data(path: ConfigPath, value: unknown): unknown {
    if (typeof value === 'string') {
      const written = this.#textAt(path);
      return written.includes('${') ? new Written(withoutDefaults(written)) : value;
    }
    if (Array.isArray(value)) return value.map((item, index) => this.data([...path, index], item));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.data([...path, key], item)]));
  }

  #textAt(path: ConfigPath): string {
    const part = this.#tree === null ? null : partAt(this.#tree, path);
    return part?.kind === 'scalar' && typeof part.value === 'string' ? part.value : '';
  }
}

/** As the file would have it: a `$` that would begin a reference is written twice, where it is none. */
export function escaped(config: EffectiveConfig): EffectiveConfig {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, escapedValue(value)]));
}

function escapedValue(value: unknown): unknown {
  if (value instanceof Written) return value.text;
  if (typeof value === 'string') return value.replace(/\$(?=[{$])/g, () => '$$');
  if (Array.isArray(value)) return value.map(escapedValue);
  return isObject(value) ? escaped(value) : value;
}

function withoutDefaults(written: string): string {
  return written.replace(/:-[^}]*/g, '');
}
