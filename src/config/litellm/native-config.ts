import { isOfGroup, mayBeServed } from '../known-names.ts';
import { durationText, routerTimeouts } from './deployments.ts';
import type { FallbackChains, FallbackTarget } from './fallbacks.ts';
import type { DraftGroup, ModelList } from './model-list.ts';
import type { ChainKind, SettingsDraft } from './settings-draft.ts';
import { escapeDollars, presentOnly } from './value.ts';
import type { NativeMap } from './value.ts';

/** What a request may take in all where nothing is said. */
const USUAL_DEADLINE_MS = 600_000;

/** The whole file in the native form. */
export function nativeConfig(settings: SettingsDraft, list: ModelList): NativeMap {
  const { accounts } = list;
  const models: NativeMap = {};
  for (const group of list.groups.values()) {
    const native = nativeGroup(group, settings, list);
    if (native !== null) models[group.name] = native;
  }
  addAliases(models, settings);
  noteDeadAliases(settings, list);
  noteLostGroups(settings, list);
  const { anyName } = settings;
  if (anyName !== null) models['*'] ??= { deployments: [{ target: escapeDollars(anyName) }] };
  const routing = nativeRouting(settings, list);
  const timeouts = routerTimeouts(settings.limits);
  return presentOnly({
    server: unlessEmpty({ ...settings.server, ...masterKeyOf(settings) }),
    servers: accounts.servers.length > 0 ? accounts.servers : undefined,
    providers: unlessEmpty(accounts.providers),
    models: unlessEmpty(models),
    routing: unlessEmpty(routing),
    timeouts: unlessEmpty(timeouts),
    drop_params: settings.dropParams ?? undefined,
  });
}

function masterKeyOf({ masterKey }: SettingsDraft): NativeMap {
  return masterKey === null ? {} : { master_key: masterKey.written };
}

/** `null`: nothing is left of it. */
function nativeGroup(group: DraftGroup, settings: SettingsDraft, list: ModelList): NativeMap | null {
  const more = {
    ...(settings.groupRetryPolicies.get(group.name)?.retries ?? {}),
    hidden: group.isHidden ? true : undefined,
    access_groups: group.accessGroups.size > 0 ? [...group.accessGroups] : undefined,
  };
  if (group.rules !== null) {
    if (group.deployments.length > 0) {
      group.field.note(
        'reading',
        'is a router and a model of the same name; the models answer, and the router does not',
      );
    } else {
      const rules = rulesOfNames(group, group.rules, settings, list);
      return rules === null ? null : presentOnly({ rules, ...more });
    }
  }
  fillOrders(group);
  dropEmptyWeights(group);
  return presentOnly({
    deployments: group.deployments,
    strategy: settings.groupStrategies.get(group.name),
    ...more,
  });
}

/** Rules for names that there are; `null`: none is left for what no other rule takes. */
function rulesOfNames(
  { name, field }: DraftGroup,
  rules: readonly NativeMap[],
  settings: SettingsDraft,
  list: ModelList,
): NativeMap[] | null {
  const kept = rules.filter(({ use }) => {
    const used = typeof use === 'string' ? use.replaceAll('$$', '$') : '';
    return used !== name && (isName(used, settings, list) || mayBeServed(used));
  });
  if (kept.length < rules.length) field.note('reading', 'chooses names that no deployment has; those are passed over');
  const last = kept.at(-1);
  if (last === undefined) return null;
  return 'when' in last ? [...kept, presentOnly({ use: last['use'] })] : kept;
}

/** LiteLLM asks only those of the lowest order that is given; the others come after all of them. */
function fillOrders({ deployments, field }: DraftGroup): void {
  const orders = deployments.flatMap(({ order }) => (typeof order === 'number' ? [order] : []));
  if (orders.length === 0 || orders.length === deployments.length) return;
  const last = Math.max(...orders) + 1;
  for (const deployment of deployments) deployment['order'] ??= last;
  field.note('reading', 'has deployments with and without an order; those without are asked after all others');
}

function dropEmptyWeights({ deployments, field }: DraftGroup): void {
  const weights = deployments.flatMap(({ weight }) => (weight === undefined ? [] : [weight]));
  if (weights.length === 0 || weights.some((weight) => weight !== 0)) return;
  for (const deployment of deployments) delete deployment['weight'];
  field.note('ignored', 'has deployments of weight 0 only, so all of them count the same');
}

function addAliases(models: NativeMap, { aliases }: SettingsDraft): void {
  for (const [name, { target, isHidden, field }] of aliases) {
    if (name === target) {
      field.note('ignored', 'is its own alias, so it changes nothing');
      continue;
    }
    if (leadsRound(name, aliases)) {
      field.note('ignored', 'leads back to itself by way of other aliases, so it is not used');
      continue;
    }
    if (models[name] !== undefined)
      field.note('reading', 'takes the place of the models of the same name, as in LiteLLM');
    const written = escapeDollars(target);
    // Names that are no plain ones have the long form, and with this strategy it is another name and no group.
    const isPlain = !isHidden && !/[\s*]/.test(name + target);
    models[name] = isPlain
      ? written
      : presentOnly({ deployments: [{ target: written }], strategy: 'in-order', hidden: isHidden || undefined });
  }
}

function noteDeadAliases(settings: SettingsDraft, list: ModelList): void {
  for (const [name, { target, field }] of settings.aliases) {
    if (name === target || isName(target, settings, list) || mayBeServed(target)) continue;
    const why = list.names.has(target)
      ? 'is for a name that is left out with all its deployments, so nobody answers for it'
      : 'is for a name that is no model_name here; it answers if llmgw finds a model of that name';
    field.note('reading', why);
  }
}

/** More aliases of aliases are no way to anything, and more than the native form takes. */
const MOST_ALIASES = 4;

function leadsRound(name: string, aliases: SettingsDraft['aliases']): boolean {
  let at = name;
  for (let count = 0; count <= MOST_ALIASES; count++) {
    const next = aliases.get(at)?.target;
    if (next === undefined || next === at) return false;
    at = next;
  }
  return true;
}

function noteLostGroups({ groupRetryPolicies, groupStrategies }: SettingsDraft, { groups }: ModelList): void {
  for (const [name, { field }] of groupRetryPolicies) {
    if (!groups.has(name)) field.note('ignored', 'is for a name that no deployment has, so it is not used');
  }
  for (const name of groupStrategies.keys()) if (!groups.has(name)) groupStrategies.delete(name);
}

function nativeRouting(settings: SettingsDraft, list: ModelList): NativeMap {
  const { limits } = settings;
  const longestMs = limits.wholeMs ?? 0;
  return presentOnly({
    ...settings.routing,
    deadline: longestMs > USUAL_DEADLINE_MS ? durationText(longestMs) : undefined,
    ...Object.fromEntries(
      CHAINS.map((kind) => [kind, unlessEmpty(nativeChains(settings.chains[kind], settings, list))]),
    ),
    tags: unlessEmpty(tagsOf(settings, list)),
    latency: unlessEmpty(settings.latency),
    queue: unlessEmpty(settings.queue),
  });
}

const CHAINS: readonly ChainKind[] = ['fallbacks', 'context_fallbacks', 'content_fallbacks'];

/** Who is left out with all deployments is never asked, and so nobody comes after. */
function nativeChains(chains: FallbackChains | null, settings: SettingsDraft, list: ModelList): NativeMap {
  const native: NativeMap = {};
  for (const [name, { targets, field }] of chains ?? []) {
    if (isLost(name, settings, list)) continue;
    if (name !== '*' && !isName(name, settings, list)) {
      field.note('reading', 'is for a name that is no model_name here; it holds if such a model is asked for');
    }
    const [living, lost] = parted(targets, (target) => !isLost(target.name, settings, list));
    for (const target of lost) target.field.note('reading', 'is left out with all its deployments, so it is not asked');
    noteOwn(name, living, list);
    native[name] = living.map((target) => fallbackTarget(target, settings, list));
  }
  return native;
}

function noteOwn(name: string, targets: readonly FallbackTarget[], { groups }: ModelList): void {
  const message =
    (groups.get(name)?.deployments.length ?? 0) > 1
      ? 'is its own fallback, which LiteLLM passes over: another deployment of it is asked'
      : 'is its own fallback and has no other deployment, so nobody is asked; name another model_name';
  for (const target of targets) if (target.name === name) target.field.note('reading', message);
}

function isLost(name: string, settings: SettingsDraft, list: ModelList): boolean {
  return list.names.has(name) && !isName(name, settings, list);
}

function parted<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/**
 * What LiteLLM asks: a name, the deployment of an id, whose target it becomes, or what a wildcard takes. As the
 * native form writes it.
 */
function fallbackTarget({ name, field }: FallbackTarget, settings: SettingsDraft, list: ModelList): string {
  const written = escapeDollars(name);
  if (list.groups.has(name) || settings.aliases.has(name)) return written;
  const deployments = Array.from(list.groups.values()).flatMap((group) => group.deployments);
  const meant = deployments.find(({ id }) => id === written)?.['target'];
  if (typeof meant === 'string') {
    field.note('reading', 'is the id of a deployment; its model is asked, without its other settings');
    return meant;
  }
  if (isName(name, settings, list)) return written;
  field.note('reading', 'is no model_name here; it is asked if llmgw finds a model of that name');
  return written;
}

function isName(name: string, { aliases }: SettingsDraft, { groups }: ModelList): boolean {
  const wildcards = Array.from(groups.keys()).filter((pattern) => pattern.includes('*'));
  return aliases.has(name) || isOfGroup({ groups: new Set(groups.keys()), wildcards, owners: new Set() }, name);
}

/**
 * LiteLLM looks at tags only when it is told to; then what nothing matches is refused. A file that neither says so nor
 * has tags has clients that tag for their accounts, and those must not be refused.
 */
function tagsOf({ tags, tagFiltering }: SettingsDraft, { groups }: ModelList): NativeMap {
  const tagged = Array.from(groups.values()).filter(({ deployments }) => deployments.some((one) => 'tags' in one));
  if (tagFiltering === true) return tags;
  if (tagFiltering === null && tagged.length > 0) {
    const message = 'has tags, which LiteLLM passes over without enable_tag_filtering; llmgw keeps to them';
    for (const { field } of tagged) field.note('reading', message);
    return tags;
  }
  for (const { deployments } of tagged) for (const deployment of deployments) delete deployment['tags'];
  return { ...tags, fail_open: true };
}

function unlessEmpty(map: NativeMap): NativeMap | undefined {
  return Object.keys(map).length > 0 ? map : undefined;
}
