import type { ServerKind } from '../canonical/model.ts';
import type { ProbeAnswer } from '../canonical/probe.ts';
import { isHttp, jsonOfAnyStatus, member, text, type Answer } from './json-answer.ts';
import { readModelList, type ListItem } from './model-list.ts';
import { kindByMark } from './marks.ts';
import { QUESTIONS, VERSION_QUESTIONS, type Found } from './questions.ts';

/** The first question: the model list below the API base, `/v1/models`. The others are paths below the root. */
export const MODEL_LIST = 'model list';

/** What is known of a server after it was asked. */
export type Verdict =
  /** One more answer is needed. */
  | { readonly verdict: 'ask'; readonly path: string }
  | { readonly verdict: 'server'; readonly found: Found }
  /** A model server that wants a key (or another one). */
  | { readonly verdict: 'locked'; readonly kind: ServerKind }
  | { readonly verdict: 'foreign' };

/**
 * Decides from the answers so far what a server is, or which answer is missing. By what it answers, never by its port:
 * nine kinds imitate Ollama, six share a port. Pure; the order of questions is: own marks in the model list,
 * then what only one kind answers, and Ollama by a proof that no imitator passes.
 */
export function judge(answers: ReadonlyMap<string, Answer>): Verdict {
  const list = answers.get(MODEL_LIST);
  if (list === undefined) return { verdict: 'ask', path: MODEL_LIST };
  if (!isHttp(list)) return { verdict: 'foreign' };
  // The Ollama desktop app's gateway for another program: not a model server.
  if (list.headers['x-ollama-claude-gateway'] !== undefined) return { verdict: 'foreign' };
  if (list.status === 401 || list.status === 403) return judgeLocked(list, answers);
  if (list.status === 503 && list.headers['server'] === 'llama.cpp') {
    // llama-server answers so while it loads its model.
    return { verdict: 'server', found: { kind: 'llama.cpp', version: null } };
  }
  const items = readModelList(list);
  if (items === null) return { verdict: 'foreign' };
  return judgeList(list, items, answers);
}

/** Whether a model list, or the refusal of one, is another llmgw's. */
export function isLlmgw({ headers }: ProbeAnswer): boolean {
  return (
    headers['x-llmgw-version'] !== undefined ||
    headers['x-llmgw-request-id'] !== undefined ||
    headers['server'] === 'llmgw'
  );
}

function judgeList(list: ProbeAnswer, items: readonly ListItem[], answers: ReadonlyMap<string, Answer>): Verdict {
  const marked = kindByMark(list, items);
  if (marked !== null) return withVersion(marked, answers);
  for (const question of QUESTIONS) {
    if (!question.appliesTo(items, answers)) continue;
    if (!answers.has(question.path)) return { verdict: 'ask', path: question.path };
    const found = question.read(answers.get(question.path), items, answers);
    if (found !== null) return { verdict: 'server', found };
  }
  return { verdict: 'server', found: { kind: 'openai-compatible', version: null } };
}

function withVersion(kind: ServerKind, answers: ReadonlyMap<string, Answer>): Verdict {
  const question = VERSION_QUESTIONS[kind];
  if (question === undefined) return { verdict: 'server', found: { kind, version: null } };
  if (!answers.has(question.path)) return { verdict: 'ask', path: question.path };
  return { verdict: 'server', found: { kind, version: question.read(answers.get(question.path)) } };
}

/**
 * A 401 is a model server's when it bears a model server's mark: many a web application answers 401 to everything.
 * llama.cpp: the `Server` header; Jan: its own sentence; vLLM: a flat body and an open `/version`;
 * others: OpenAI's error shape.
 */
function judgeLocked(list: ProbeAnswer, answers: ReadonlyMap<string, Answer>): Verdict {
  if (list.headers['server'] === 'llama.cpp') return { verdict: 'locked', kind: 'llama.cpp' };
  if (JAN_REFUSALS.has(list.body.trim())) return { verdict: 'locked', kind: 'jan' };
  const error = member(jsonOfAnyStatus(list), 'error');
  if (error === 'Unauthorized') {
    if (!answers.has('/version')) return { verdict: 'ask', path: '/version' };
    const version = text(member(jsonOfAnyStatus(answers.get('/version')), 'version'));
    return version === null ? { verdict: 'foreign' } : { verdict: 'locked', kind: 'vllm' };
  }
  if (!isOpenAiError(error)) return { verdict: 'foreign' };
  for (const question of QUESTIONS) {
    if (!question.open) continue;
    if (!answers.has(question.path)) return { verdict: 'ask', path: question.path };
    const found = question.read(answers.get(question.path), [], answers);
    if (found !== null) return { verdict: 'locked', kind: found.kind };
  }
  return { verdict: 'locked', kind: 'openai-compatible' };
}

const JAN_REFUSALS: ReadonlySet<string> = new Set([
  'Invalid or missing authorization token',
  'Missing authorization header',
]);

/** `{message, type, param, code}`, in part. */
export function isOpenAiError(error: unknown): boolean {
  const has = (name: string): boolean => member(error, name) !== undefined;
  return text(member(error, 'message')) !== null && (has('type') || has('code') || has('param'));
}
