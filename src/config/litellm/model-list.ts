import { ownName } from '../group-fields.ts';
import type { SettingsDraft } from './settings-draft.ts';
import { Accounts } from './accounts.ts';
import { autoRules, isAutoRouter } from './auto-router.ts';
import type { DeploymentDraft } from './deployment-draft.ts';
import { nativeDeployment, readDraft } from './deployments.ts';
import type { ParameterSources } from './deployments.ts';
import { Field } from './field.ts';
import type { Desk } from './field.ts';
import { placeOf } from './place.ts';
import type { Placement, PlacingDesk } from './placement.ts';
import { escapeDollars } from './value.ts';
import type { NativeMap, Value } from './value.ts';

/** A name of the file with all that answers for it. */
export interface DraftGroup {
  readonly name: string;
  readonly deployments: NativeMap[];
  readonly accessGroups: Set<string>;
  /** Every deployment of it is hidden. */
  isHidden: boolean;
  rules: readonly NativeMap[] | null;
  readonly field: Field;
}

/** Where a deployment of the file went. */
export interface Origin {
  /** Its place in `model_list`, from 0. */
  readonly entry: number;
  readonly group: string;
  /** Its place among the deployments of the group. */
  readonly position: number;
}

export interface LeftOut {
  readonly entry: number;
  readonly name: string;
  readonly reason: 'missing' | 'unsupported' | 'environment' | 'blocked' | 'not needed' | 'unreadable';
}

export interface ModelList {
  readonly groups: ReadonlyMap<string, DraftGroup>;
  /** All that the file has, and its aliases: those whose deployments are left out, too. */
  readonly names: ReadonlySet<string>;
  readonly accounts: Accounts;
  readonly origins: readonly Origin[];
  readonly leftOut: readonly LeftOut[];
  /** The free-form part of `model_info`, by the place in `model_list`. */
  readonly info: ReadonlyMap<number, NativeMap>;
}

/** Reads `model_list`: every entry becomes a deployment, or is left out and named. */
export function readModelList(root: Field, desk: Desk, settings: SettingsDraft, sources: ParameterSources): ModelList {
  const list = new ListReader(desk, settings, sources);
  const entries = root.fields()?.get('model_list')?.items() ?? [];
  // A target must not mean another name of the file by accident, so all of them are known first.
  for (const entry of entries) list.addName(entry);
  for (const [index, entry] of entries.entries()) list.read(index, entry);
  return list;
}

class ListReader implements ModelList {
  readonly groups = new Map<string, DraftGroup>();
  readonly names: Set<string>;
  readonly accounts = new Accounts();
  readonly origins: Origin[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly info = new Map<number, NativeMap>();
  readonly #desk: Desk;
  readonly #settings: SettingsDraft;
  readonly #sources: ParameterSources;
  readonly #ids = new Set<string>();

  constructor(desk: Desk, settings: SettingsDraft, sources: ParameterSources) {
    this.#desk = desk;
    this.#settings = settings;
    this.#sources = sources;
    this.names = new Set(settings.aliases.keys());
  }

  addName({ tree }: Field): void {
    const name = tree.kind === 'map' ? tree.entries.get('model_name')?.value : undefined;
    if (name?.kind === 'scalar' && typeof name.value === 'string') this.names.add(name.value.trim());
  }

  read(index: number, entry: Field): void {
    const missed: { name: string; field: Field }[] = [];
    const missing = (name: string, field: Field) => missed.push({ name, field });
    const own = new Field({ ...this.#desk, missing }, entry.path, entry.tree);
    const fields = own.fields();
    const name = fields?.get('model_name')?.text() ?? null;
    if (fields === null || name === null || !isPossibleName(name)) {
      own.note('unsupported', 'has no model_name that can be asked for, so this deployment is left out');
      this.leftOut.push({ entry: index, name: name ?? '', reason: 'unreadable' });
      return;
    }
    const draft = readDraft(fields, this.#sources);
    if (Object.keys(draft.info).length > 0) this.info.set(index, draft.info);
    const isModelMissing = missed.some(({ field }) => field.key === 'model' || field.key === 'model_name');
    const isLeftOut = missed.length > 0 && (!this.#desk.keepMissing || isModelMissing);
    for (const { name: variable, field } of missed) {
      const end = isLeftOut
        ? `so this deployment of ${shownName(own)} is left out`
        : 'and must be before the file is used';
      field.note('missing', `names the environment variable ${variable}, which is not set, ${end}`);
    }
    if (isLeftOut) this.leftOut.push({ entry: index, name, reason: 'missing' });
    else this.#place(index, name, draft, own);
  }

  #place(index: number, name: string, draft: DeploymentDraft, entry: Field): void {
    const objection = this.#objectionTo(draft, name, entry);
    if (objection !== null) {
      entry.note(objection.kind, objection.message);
      this.leftOut.push({ entry: index, name, reason: objection.reason });
      return;
    }
    if (isAutoRouter(draft)) {
      this.#addRules(index, name, draft, entry);
      return;
    }
    for (const field of draft.autoRouter.values()) {
      field.note('ignored', 'is for a router that chooses by the prompt, which this model is none of');
    }
    const { organizations } = draft.connection;
    const each: (Value | null)[] = organizations.length > 0 ? [...organizations] : [null];
    for (const organization of each) {
      const connection = { ...draft.connection, organizations: organization === null ? [] : [organization] };
      const placement = placeOf(connection, this.#placing());
      if (placement.kind === 'unsupported') {
        const model = entry.fields()?.get('litellm_params')?.fields()?.get('model') ?? entry;
        model.note('unsupported', `${placement.why}; this deployment of ${shownName(entry)} is left out`);
        this.leftOut.push({ entry: index, name, reason: 'unsupported' });
        return;
      }
      this.#add(index, name, draft, placement, entry);
    }
  }

  #add(
    index: number,
    name: string,
    draft: DeploymentDraft,
    placement: Extract<Placement, { kind: 'place' }>,
    entry: Field,
  ): void {
    const { account, model, priceAs, headers, readings } = placement;
    for (const reading of readings) entry.note('reading', reading);
    let before = this.accounts.nameOf(account);
    const target = `${before}/${model}`;
    // Another name of the file is spelled like this model of the usual account.
    const isOther = target !== name && this.names.has(target) && before === account.type;
    if (isOther) before = this.accounts.nameOfDirect(before);
    const deployment = nativeDeployment(
      draft,
      { target: escapeDollars(`${before}/${model}`), account, priceAs, headers },
      this.#settings.limits,
    );
    this.#dropRepeatedId(deployment, entry);
    const group = this.#group(name, entry);
    this.origins.push({ entry: index, group: name, position: group.deployments.length });
    group.deployments.push(deployment);
    group.isHidden &&= draft.isHidden;
    for (const access of draft.accessGroups) group.accessGroups.add(access);
  }

  #addRules(index: number, name: string, draft: DeploymentDraft, entry: Field): void {
    const rules = autoRules(draft, entry);
    if (rules === null) {
      entry.note('unsupported', `names no model that it can choose, so ${shownName(entry)} is left out`);
      this.leftOut.push({ entry: index, name, reason: 'unsupported' });
      return;
    }
    const group = this.#group(name, entry);
    group.rules ??= rules;
    group.isHidden &&= draft.isHidden;
    this.origins.push({ entry: index, group: name, position: 0 });
  }

  #group(name: string, field: Field): DraftGroup {
    const group = this.groups.get(name) ?? {
      name,
      deployments: [],
      accessGroups: new Set<string>(),
      isHidden: true,
      rules: null,
      field,
    };
    this.groups.set(name, group);
    return group;
  }

  #dropRepeatedId(deployment: NativeMap, entry: Field): void {
    const id = deployment['id'];
    if (typeof id !== 'string') return;
    if (this.#ids.has(id)) {
      entry.note('ignored', 'has the id of another deployment, so it gets one of its own');
      delete deployment['id'];
    } else this.#ids.add(id);
  }

  #objectionTo(draft: DeploymentDraft, name: string, entry: Field): Objection | null {
    const { connection, environments, isBlocked } = draft;
    if (isBlocked) return { kind: 'reading', reason: 'blocked', message: 'is blocked, so it is left out' };
    const here = this.#desk.variables.get('LITELLM_ENVIRONMENT');
    if (environments !== null && here !== null && !environments.includes(here)) {
      const what = `this deployment of ${shownName(entry)} is left out`;
      const message = `is for other environments than LITELLM_ENVIRONMENT, so ${what}`;
      return { kind: 'ignored', reason: 'environment', message };
    }
    if (environments !== null && here === null) {
      entry.note('reading', NO_ENVIRONMENT);
    }
    const model = connection.model?.text ?? '';
    if (connection.provider === null && /^\*(?:\/\*)?$/.test(model) && model === name) {
      const message = 'lets through every model by its own name, which llmgw does without an entry';
      return { kind: 'ignored', reason: 'not needed', message };
    }
    return null;
  }

  #placing(): PlacingDesk {
    const { variables, keepMissing } = this.#desk;
    const { vertexProject, vertexLocation } = this.#settings;
    return { variables, keepMissing, vertexProject, vertexLocation };
  }
}

const NO_ENVIRONMENT =
  'is for some environments, and LITELLM_ENVIRONMENT is not set: LiteLLM does not start then, llmgw serves it';

interface Objection {
  readonly kind: 'reading' | 'ignored';
  readonly reason: LeftOut['reason'];
  readonly message: string;
}

/** As it stands in the file: what a variable holds is not for notes. */
function shownName({ tree }: Field): string {
  const name = tree.kind === 'map' ? tree.entries.get('model_name')?.value : undefined;
  return name?.kind === 'scalar' ? `\`${name.written}\`` : 'this name';
}

/** `llmgw/` is taken off every name that is asked for. */
function isPossibleName(name: string): boolean {
  return ownName.safeParse(name).success;
}
