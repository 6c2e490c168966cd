import type { Capability, ServedModel } from '../canonical/model.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import { placeHere, resolveTarget } from './resolve.ts';
import type { Candidate } from './candidate.ts';
import { mayChat } from './chat-models.ts';
import type { RouteTable, ServedHere } from './route-table.ts';

/** The best one, and what is tried when its server fails. */
const MAX_STAND_INS = 3;
/** Bytes for a parameter of a model in the usual four-bit quantisation, for models of which only the file is known. */
const BYTES_PER_PARAMETER = 0.6;

/** Who may answer in place of a cloud model, the best first, each with its reason. Another target is never mixed in. */
export function standInCandidates(table: RouteTable, needs: RequestNeeds): readonly Candidate[] {
  const { standIn } = table;
  if (standIn.kind === 'none') return [];
  if (standIn.kind === 'target') {
    return resolveTarget(table, standIn.target).map((candidate) => ({
      ...candidate,
      target: { ...candidate.target, reason: `stand-in of profile ${table.profile}` },
    }));
  }
  const fits = table.localChat.filter(({ model }) => canDo(model, needs.task)).map((here) => fitOf(here, needs));
  const sorted = fits.sort(byFit);
  return sorted.map((fit, rank) => {
    const place = placeHere(fit.here);
    const target = { ...place.target, reason: `stand-in: ${fit.facts}` };
    // When the best fails, what cannot do the task either would only hide why.
    const isTried = rank < MAX_STAND_INS && fit.misfits === sorted[0]?.misfits;
    return { ...place, target, obstacle: isTried ? null : `fits less: ${fit.facts}` };
  });
}

/** All of the needs that the choice of a stand-in depends on, as a text without line breaks. */
export function keyOfNeeds(table: RouteTable, needs: RequestNeeds): string {
  const tooSmall = table.localContexts.filter((length) => length < needs.contextTokens).length;
  return `${needs.task} ${needs.tools ? 'tools' : '-'} ${needs.vision ? 'vision' : '-'} ${tooSmall}`;
}

function canDo(model: ServedModel, task: RequestNeeds['task']): boolean {
  if (task !== 'completion') return task === 'chat' && mayChat(model);
  return model.capabilities === null || model.capabilities.includes('completion');
}

/** How a model meets what a request needs. */
interface Fit {
  readonly here: ServedHere;
  /** Needs that it does not meet by its server's word. It comes after all that may: it is no better than nothing. */
  readonly misfits: number;
  /** 0: loaded; 1: its server does not say; 2: not loaded. */
  readonly loading: number;
  /** Needs of which its server says nothing. */
  readonly unknown: number;
  readonly parameters: number;
  /** In a few words. */
  readonly facts: string;
}

type Met = 'yes' | 'no' | 'unknown';

function fitOf(here: ServedHere, needs: RequestNeeds): Fit {
  const { model } = here;
  const met: Met[] = [];
  const facts = [loadingFact(model)];
  for (const capability of ['tools', 'vision'] as const) {
    if (!needs[capability]) continue;
    const has = hasCapability(model, capability);
    met.push(has);
    facts.push(has === 'yes' ? capability : has === 'no' ? `reports no ${capability}` : `${capability} not known`);
  }
  const roomy = model.contextLength === null ? 'unknown' : model.contextLength >= needs.contextTokens ? 'yes' : 'no';
  if (needs.contextTokens > 0) met.push(roomy);
  if (roomy === 'no') facts.push(`context of ${model.contextLength} is too small`);
  return {
    here,
    misfits: met.filter((one) => one === 'no').length,
    loading: model.loaded === true ? 0 : model.loaded === null ? 1 : 2,
    unknown: met.filter((one) => one === 'unknown').length,
    parameters: parametersOf(model),
    facts: facts.join(', '),
  };
}

function loadingFact({ loaded }: ServedModel): string {
  if (loaded === null) return 'serves it';
  return loaded ? 'loaded' : 'not loaded';
}

function hasCapability({ capabilities }: ServedModel, capability: Capability): Met {
  if (capabilities === null) return 'unknown';
  return capabilities.includes(capability) ? 'yes' : 'no';
}

/** As the server says, as the name says (`qwen3:32b`), or by the size of the file; 0: nobody says. */
function parametersOf({ parameterSize, id, sizeBytes }: ServedModel): number {
  const stated =
    /^(\d+(?:\.\d+)?)\s*([KMBT])/i.exec(parameterSize ?? '') ??
    /(?:^|[^a-z0-9.])(\d+(?:\.\d+)?)(b)(?![a-z0-9])/i.exec(id);
  if (stated !== null) return Number(stated[1]) * (UNITS[stated[2]?.toUpperCase() ?? ''] ?? 1);
  return sizeBytes === null ? 0 : sizeBytes / BYTES_PER_PARAMETER;
}

const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/** The sort is stable: what is equal stays in the order of the servers, then by id. */
function byFit(one: Fit, other: Fit): number {
  const differences = [
    one.misfits - other.misfits,
    one.loading - other.loading,
    one.unknown - other.unknown,
    other.parameters - one.parameters,
  ];
  const first = differences.find((difference) => difference !== 0);
  if (first !== undefined) return first;
  if (one.here.routed !== other.here.routed) return 0;
  return one.here.model.id < other.here.model.id ? -1 : 1;
}
