import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { LITELLM_VERSION } from '../../gateway/lite-llm-headers.ts';
import { namedDeployments } from '../../routing/named-deployments.ts';
import type { NamedDeployment } from '../../routing/named-deployments.ts';
import type { RouteTable } from '../../routing/route-table.ts';
import { reportedDeployments } from '../../routing/told-health.ts';
import { plainHeaders, tableFor } from '../inference.ts';
import type { RouteContext } from '../route-context.ts';
import { sentKeys } from '../sent-keys.ts';
import { healthReport } from './health-report.ts';
import type { HealthReport } from './health-report.ts';
import { modelGroupInfos } from './model-group-info.ts';
import type { ModelGroupInfo } from './model-group-info.ts';
import { modelInfo } from './model-info.ts';
import type { PathList } from './path-list.ts';
import { supportedParameters } from './supported-parameters.ts';
import { asked, everyDeployment, liteLlmModel, nothingOf } from './told-deployments.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

interface Query {
  Querystring: Readonly<Record<string, unknown>>;
}

/**
 * What LiteLLM tells of its models and their health, read from the table and from what is known: no call is made for
 * it. They ask for a client key, but for what orchestrators ask to see whether somebody is there.
 */
export function addLiteLlmRoutes(app: FastifyInstance, context: RouteContext, paths: PathList): void {
  const answerWith = (path: string, answerOf: (request: IncomingMessage, query: Query['Querystring']) => unknown) => {
    for (const prefix of ['', '/v1']) {
      app.get<Query>(`${prefix}${path}`, ({ raw, query }, reply) =>
        reply
          .headers(plainHeaders(raw, context))
          .type(JSON_TYPE)
          .send(JSON.stringify(answerOf(raw, query))),
      );
    }
  };
  const { words } = context.liteLlm;
  answerWith('/model/info', (request, query) => {
    const table = tableFor(request, context);
    const id = asked(query, 'litellm_model_id');
    const found = everyDeployment(table).filter(({ deployment }) => id === null || deployment.id === id);
    if (id !== null && found.length === 0) throw nothingOf('litellm_model_id', id);
    return { data: found.map((one) => modelInfo(one, { table, words })) };
  });
  answerWith('/model_group/info', (request, query) => {
    const table = tableFor(request, context);
    const name = asked(query, 'model_group');
    const found = name === null ? everyDeployment(table) : namedDeployments(table, name);
    const data = modelGroupInfos(found.map((one) => modelInfo(one, { table, words })));
    return { data: name === null ? data : data.map((group) => withParameters(group, found)) };
  });
  answerWith('/routes', (request) => {
    context.guard.authenticate(request);
    return { routes: paths() };
  });
  addHealth(answerWith, context);
}

/** Only where one name is asked for: it takes too long for a list of thousands. */
function withParameters(group: ModelGroupInfo, named: readonly NamedDeployment[]): ModelGroupInfo {
  const [first, ...others] = named.map(({ deployment: { target, changes } }) => {
    const reaching = target.via.kind === 'network' ? supportedParameters(target.via.endpoint, target.model) : [];
    return reaching.filter((name) => changes?.drop.includes(name) !== true);
  });
  if (first === undefined || (group.mode !== null && group.mode !== 'chat')) return group;
  return { ...group, supported_openai_params: first.filter((name) => others.every((one) => one.includes(name))) };
}

type AnswerWith = (path: string, answerOf: (request: IncomingMessage, query: Query['Querystring']) => unknown) => void;

function addHealth(answerWith: AnswerWith, context: RouteContext): void {
  answerWith('/health', (request, query) => {
    // Programs that only look whether somebody is there have no key.
    if (context.rules.auth === 'key' && sentKeys(request).length === 0) return { status: 'ok' };
    return { status: 'ok', ...reportFor(tableFor(request, context), query, context) };
  });
  for (const name of ['liveliness', 'liveness']) answerWith(`/health/${name}`, () => "I'm alive!");
  // While the gateway stops, every path answers 503.
  answerWith('/health/readiness', () => ({
    status: 'healthy',
    db: context.liteLlm.isLedgerWritable() ? 'connected' : 'Not connected',
    cache: null,
    litellm_version: LITELLM_VERSION,
    success_callbacks: [],
  }));
}

function reportFor(table: RouteTable, query: Query['Querystring'], { liteLlm }: RouteContext): HealthReport {
  const { health, words } = liteLlm;
  const around = { table, words, health, now: Date.now() };
  const [name, id] = [asked(query, 'model'), asked(query, 'model_id')];
  if (name !== null) return healthReport(called(table, name, liteLlm), around);
  if (id === null) return healthReport(reportedDeployments(table, health), around);
  const found = everyDeployment(table).find(({ deployment }) => deployment.id === id);
  if (found === undefined) throw nothingOf('model_id', id);
  return healthReport([found], around);
}

/** By the name that clients use, or by what stands in LiteLLM's file. */
function called(
  table: RouteTable,
  name: string,
  { health, words }: RouteContext['liteLlm'],
): readonly NamedDeployment[] {
  const named = namedDeployments(table, name);
  const found =
    named.length > 0 ? named : reportedDeployments(table, health).filter((one) => liteLlmModel(one, words) === name);
  if (found.length === 0) throw nothingOf('model', name);
  return found;
}
