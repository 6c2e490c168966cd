import { nearest } from '../../std/nearest.ts';
import type { ConfigPath } from '../problem.ts';
import { formatPath } from '../problem.ts';

/** A place in one of the files that a configuration is made of. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * What is said about a key of LiteLLM's file. `reading`: we read it so, which LiteLLM does not, or does otherwise.
 * `later`: named, and not served yet. `replaced`: what llmgw has itself takes its place. `ignored`: it has no meaning
 * here. `missing`: an environment variable. `unknown`: neither LiteLLM nor llmgw knows the key. `unsupported`: a
 * deployment is left out, since nothing here can ask it.
 */
export const NOTE_KINDS = ['reading', 'later', 'replaced', 'ignored', 'missing', 'unknown', 'unsupported'] as const;
export type NoteKind = (typeof NOTE_KINDS)[number];

/** `line` and `column` count from 1. */
export interface LiteLlmNote {
  readonly kind: NoteKind;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `model_list[3].litellm_params.rpm` */
  readonly path: string;
  /** One sentence about what stands at the path. Never holds a value of a key, header or variable. */
  readonly message: string;
  /** What was probably meant. */
  readonly nearest: string | null;
}

/** A part of LiteLLM that a file asks for. */
export interface LiteLlmNeed {
  readonly feature: Feature;
  readonly state: 'later' | 'replaced';
  /** Where the file asks for it. */
  readonly paths: readonly string[];
}

export type Feature =
  | 'virtual keys'
  | 'budgets'
  | 'spend records'
  | 'caches'
  | 'callbacks'
  | 'metrics'
  | 'guardrails'
  | 'alerts'
  | 'database'
  | 'redis'
  | 'pass-through routes'
  | 'tools and MCP'
  | 'files, batches and fine-tuning'
  | 'sign-in and roles'
  | 'secret managers'
  | 'rewriting of requests'
  | 'other limits'
  | 'other prices'
  | 'mirrored traffic'
  | 'routers by meaning'
  | 'clusters';

/** `file:line:column: path: message`, the form that editors and terminals make a link of. */
export function formatNote(note: LiteLlmNote): string {
  const path = note.path === '' ? '' : `${note.path}: `;
  const meant = note.nearest === null ? '' : `; did you mean \`${note.nearest}\`?`;
  return `${note.file}:${note.line}:${note.column}: ${path}${note.message}${meant}`;
}

/** More than this is no report that anybody reads. */
const MAX_NOTES = 2000;

interface Remark {
  readonly kind: NoteKind;
  readonly at: number;
  readonly path: ConfigPath;
  readonly message: string;
  readonly nearest: string | null;
}

/** Collects what is to be said about a file. */
export class Notes {
  readonly #remarks: Remark[] = [];
  readonly #needs = new Map<string, { feature: Feature; state: 'later' | 'replaced'; paths: Set<string> }>();

  add(kind: NoteKind, { at, path }: { at: number; path: ConfigPath }, message: string, meant?: string | null): void {
    if (this.#remarks.length < MAX_NOTES) this.#remarks.push({ kind, at, path, message, nearest: meant ?? null });
  }

  addNeed(feature: Feature, state: 'later' | 'replaced', path: ConfigPath): void {
    const need = this.#needs.get(`${feature} ${state}`) ?? { feature, state, paths: new Set<string>() };
    need.paths.add(formatPath(path));
    this.#needs.set(`${feature} ${state}`, need);
  }

  get needs(): LiteLlmNeed[] {
    return Array.from(this.#needs.values(), ({ feature, state, paths }) => ({ feature, state, paths: [...paths] }));
  }

  /** In the order of the file; what is said of one place twice in the same words is said once. */
  located(placeOf: (at: number) => Place): LiteLlmNote[] {
    const seen = new Set<string>();
    return this.#remarks
      .toSorted((one, other) => one.at - other.at)
      .flatMap(({ at, path, ...said }) => {
        const same = `${at} ${formatPath(path)} ${said.message}`;
        if (seen.has(same)) return [];
        seen.add(same);
        const { kind, message, nearest: meant } = said;
        return [{ kind, ...placeOf(at), path: formatPath(path), message, nearest: meant }];
      });
  }
}

/** The key that was probably meant: a slip of the fingers, not a word that is a part of another. */
export function nearestKey(key: string, known: Iterable<string>): string | null {
  const [found] = nearest(key, known, 1);
  return found !== undefined && Math.abs(found.length - key.length) <= 2 ? found : null;
}
