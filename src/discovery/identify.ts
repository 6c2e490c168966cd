import type { ServerKind } from '../canonical/model.ts';
import type { Probe, ProbeAnswer } from '../canonical/probe.ts';
import { absenceOf, askerOf, isBusy, type Absence, type Asked } from './asking.ts';
import { isHttp, jsonOfAnyStatus, member, type Answer } from './json-answer.ts';
import type { Ask } from './kinds/kind-reader.ts';
import { listsCloudMakers } from './marks.ts';
import { readModelList, type ListItem } from './model-list.ts';
import { readWithoutList, type Found } from './questions.ts';
import { isLlmgw, isOpenAiError, judge, MODEL_LIST, type Verdict } from './recognise.ts';
import { usableText } from './usable.ts';

/** A model server at an address. */
export interface Identity extends Found {
  readonly apiBase: string;
  readonly locked: boolean;
  /** It relays to others, so that its models are not run here. */
  readonly gateway: boolean;
}

/** How `identify` goes about it. */
export interface Asking extends Asked {
  readonly secondPath: string | null;
  /** Stated in the config: not found out. */
  readonly kind: ServerKind | null;
  /** Somebody said, or it was seen, that a model server is here: whatever page refuses us is that server's. */
  readonly certain: boolean;
}

/** Asking, with what went before. */
export interface Finding extends Asking {
  /** The config names it: then it may be another llmgw, which is never listed otherwise. */
  readonly named: boolean;
}

/** More unanswered questions than this, and the rest count as unanswered. */
const MAX_TIMEOUTS = 2;

/** Finds out what is at an address. What is no model server is asked for its list, and at most one thing more. */
export async function identify(probe: Probe, asking: Finding, signal: AbortSignal): Promise<Identity | Absence> {
  let absence: Absence = 'foreign';
  for (const apiBase of asking.address.apiBases) {
    const ask = askerOf(probe, asking, apiBase, signal);
    const list = await ask(MODEL_LIST);
    if (!isHttp(list)) return absenceOf(list);
    const gateway = isLlmgw(list);
    if (gateway && !asking.named) return 'llmgw';
    const kind = asking.kind ?? (gateway ? 'openai-compatible' : null);
    const verdict = await verdictOn(list, { ...asking, kind }, ask);
    if (verdict.verdict === 'server') return identityOf(verdict.found, apiBase, readModelList(list), gateway);
    if (verdict.verdict === 'locked') {
      const found = { kind: kind ?? verdict.kind, version: null };
      return { ...identityOf(found, apiBase, null, gateway), locked: true };
    }
    if (asking.certain ? isBusy(list) : isStarting(list)) absence = 'silent';
  }
  const [apiBase = asking.address.root] = asking.address.apiBases;
  // Without a model list, whether it is what the config says shows when its models are read.
  if (asking.kind !== null && absence === 'foreign') return identityOf({ kind: asking.kind, version: null }, apiBase);
  if (asking.secondPath === null) return absence;
  const answer = await askerOf(probe, asking, apiBase, signal)(asking.secondPath);
  const found = readWithoutList(asking.secondPath, answer);
  return found === null ? absence : identityOf(found, apiBase);
}

async function verdictOn(list: Answer, asking: Asking, ask: Ask): Promise<Verdict> {
  const answers = new Map<string, Answer>([[MODEL_LIST, list]]);
  let timeouts = 0;
  for (;;) {
    const verdict = judge(answers);
    if (asking.certain && verdict.verdict === 'foreign' && isHttp(list) && isRefusal(list)) {
      return { verdict: 'locked', kind: asking.kind ?? 'openai-compatible' };
    }
    if (asking.kind !== null && isHttp(list) && readModelList(list) !== null) {
      return { verdict: 'server', found: { kind: asking.kind, version: null } };
    }
    if (verdict.verdict !== 'ask') return verdict;
    const answer = timeouts > MAX_TIMEOUTS ? 'timeout' : await ask(verdict.path);
    if (answer === 'timeout') timeouts += 1;
    answers.set(verdict.path, answer);
  }
}

function isRefusal({ status }: ProbeAnswer): boolean {
  return status === 401 || status === 403;
}

/** A model server that is not ready yet says so in OpenAI's shape; a 503 of another shape is a web server's. */
function isStarting(list: ProbeAnswer): boolean {
  return list.status === 503 && isOpenAiError(member(jsonOfAnyStatus(list), 'error'));
}

function identityOf(
  found: Found,
  apiBase: string,
  items: readonly ListItem[] | null = null,
  isGateway = false,
): Identity {
  const relays = found.kind === 'openai-compatible' && items !== null && listsCloudMakers(items);
  const gateway = isGateway || found.kind === 'litellm' || relays;
  return { ...found, version: usableText(found.version), apiBase, locked: false, gateway };
}
