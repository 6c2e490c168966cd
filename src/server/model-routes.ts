import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Capability } from '../canonical/model.ts';
import { anthropicModel, anthropicModelList } from '../dialects/anthropic-messages/model-list.ts';
import { geminiModel } from '../dialects/gemini/model-list.ts';
import { isAnthropicClient, isGeminiClient } from './face-of.ts';
import { plainHeaders, tableFor } from './inference.ts';
import type { RouteTable } from '../routing/route-table.ts';
import { accessGroups, knownModel, knownModels } from './known-models.ts';
import type { KnownModel } from './known-models.ts';
import { listedModel, listModels } from './model-list.ts';
import { pageById, pageByToken } from './model-pages.ts';
import type { RouteContext } from './route-context.ts';

type OneModel = { Params: { '*': string } };

/** The lists of models, each in the words of the dialect that asks. */
export function addModelRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const prefix of ['/v1', '', '/v1beta', '/v1alpha']) {
    app.get(`${prefix}/models`, ({ raw }, reply) =>
      reply
        .headers(plainHeaders(raw, context))
        .send(wordsFor(raw).list(askedFor(tableFor(raw, context), queryOf(raw)), queryOf(raw))),
    );
    app.get<OneModel>(`${prefix}/models/*`, ({ raw, params }, reply) =>
      reply
        .headers(plainHeaders(raw, context))
        .send(wordsFor(raw).one(knownModel(tableFor(raw, context), params['*']))),
    );
  }
}

/** The names, and as LiteLLM has it on request the groups that names are put together in for the rights of keys. */
function askedFor(table: RouteTable, query: URLSearchParams): readonly KnownModel[] {
  if (query.get('only_model_access_groups') === 'true') return accessGroups(table);
  if (query.get('include_model_access_groups') !== 'true') return knownModels(table);
  return [...knownModels(table), ...accessGroups(table)];
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const question = url.indexOf('?');
  return new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
}

interface Words {
  /** All of them, or the page that the query asks for. */
  readonly list: (models: readonly KnownModel[], query: URLSearchParams) => object;
  readonly one: (model: KnownModel) => object;
}

const ANTHROPIC: Words = {
  list: (models, query) => {
    const { entries, hasMore } = pageById(models, query);
    return anthropicModelList(entries.map(forAnthropic), hasMore);
  },
  one: (model) => anthropicModel(forAnthropic(model)),
};
const GEMINI: Words = {
  list: (models, query) => {
    const { entries, nextPageToken } = pageByToken(models, query);
    return { models: entries.map(asGemini), ...(nextPageToken === null ? {} : { nextPageToken }) };
  },
  one: asGemini,
};
const OPENAI: Words = { list: listModels, one: listedModel };

/** `/v1/models` is a path of three dialects. */
function wordsFor(request: IncomingMessage): Words {
  if (isGeminiClient(request)) return GEMINI;
  return isAnthropicClient(request) ? ANTHROPIC : OPENAI;
}

function forAnthropic({ name, facts }: KnownModel): Parameters<typeof anthropicModel>[0] {
  const { createdAt, contextLength, maxOutputTokens } = facts;
  const createdAtMs = createdAt === null ? null : createdAt * 1000;
  return { id: name, createdAt: createdAtMs, displayName: name, contextLength, maxOutputTokens };
}

function asGemini({ name, facts }: KnownModel): ReturnType<typeof geminiModel> {
  const { contextLength, maxOutputTokens, capabilities } = facts;
  return geminiModel({
    id: name,
    contextLength,
    maxOutputTokens,
    thinking: capabilities?.includes('thinking'),
    use: useOf(capabilities, name),
  });
}

/** Nobody says: then it chats, as nearly all of them do. */
function useOf(capabilities: readonly Capability[] | null, name: string): Parameters<typeof geminiModel>[0]['use'] {
  if (capabilities === null || capabilities.some(isAnswering)) return 'content';
  // Google's models that speak do so in what they generate.
  if (capabilities.includes('speech') && /\bgemini-[^/]*$/.test(name)) return 'content';
  return capabilities.includes('embedding') ? 'embedding' : 'other';
}

function isAnswering(capability: Capability): boolean {
  return capability === 'chat' || capability === 'completion';
}
