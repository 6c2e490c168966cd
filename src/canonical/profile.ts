/** Where the traffic of a profile may go. `local` and `cloud` are hard walls: nothing of a request crosses them. */
export type Allowed = 'local' | 'cloud' | 'any';

/**
 * Who answers for a cloud model's name that has no target of its own in this profile. `auto`: the best fitting local
 * chat model; `target`: this name; `none`: nobody.
 */
export type StandIn =
  { readonly kind: 'auto' } | { readonly kind: 'none' } | { readonly kind: 'target'; readonly target: string };

/** As it is written in the config: `auto`, `none`, or the name of a model. */
export function standInText(standIn: StandIn): string {
  return standIn.kind === 'target' ? standIn.target : standIn.kind;
}

export type CapPeriod = 'day' | 'week' | 'month';

/** The most that the calls of a profile may cost in a day, a week (from Monday) or a month of the local time zone. */
export interface Cap {
  /** Pico-dollars. */
  readonly amountPico: bigint;
  readonly period: CapPeriod;
}

/** A name and the models it stands for, in the order to try them. */
export interface NamedTargets {
  /** May hold one `*`, which stands for any text; a `*` in a target is then that text. */
  readonly name: string;
  readonly targets: readonly string[];
}

/** Who answers for which name in one situation, with everything that was left out filled in. */
export interface Profile {
  readonly name: string;
  readonly allow: Allowed;
  readonly aliases: readonly NamedTargets[];
  readonly standIn: StandIn;
  /** The name of the key to use, by provider: `openai` → `work`. A provider that is not here uses its unnamed key. */
  readonly credentials: ReadonlyMap<string, string>;
  readonly cap: Cap | null;
  /** It is there without being written down: `dev` or `prod`. The config may have changed parts of it. */
  readonly builtIn: boolean;
}

/** Names of the two profiles that are there without any config. */
export const DEV_PROFILE = 'dev';
export const PROD_PROFILE = 'prod';

/** `dev` never spends; `prod` has every name where it is. */
export const BUILT_IN_PROFILES: readonly Profile[] = [
  {
    name: DEV_PROFILE,
    allow: 'local',
    aliases: [],
    standIn: { kind: 'auto' },
    credentials: new Map(),
    cap: null,
    builtIn: true,
  },
  {
    name: PROD_PROFILE,
    allow: 'any',
    aliases: [],
    standIn: { kind: 'none' },
    credentials: new Map(),
    cap: null,
    builtIn: true,
  },
];
