import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Capability } from '../canonical/model.ts';
import { anthropicModel, anthropicModelList } from '../dialects/anthropic-messages/model-list.ts';
import { geminiModel } from '../dialects/gemini/model-list.ts';
import { isAnthropicClient, isGeminiClient } from './face-of.ts';
import { plainHeaders, tableFor } from './inference.ts';
import { knownModel, knownModels } from './known-models.ts';
import type { KnownModel } from './known-models.ts';
import { listedModel, listModels } from './model-list.ts';
import type { RouteContext } from './route-context.ts';

type OneModel = { Params: { '*': string } };

/** The lists of models, each in the words of the dialect that asks. */
export function addModelRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const prefix of ['/v1', '', '/v1beta', '/v1alpha']) {
    app.get(`${prefix}/models`, ({ raw }, reply) =>
      reply.headers(plainHeaders(raw, context)).send(wordsFor(raw).list(knownModels(tableFor(raw, context)))),
    );
    app.get<OneModel>(`${prefix}/models/*`, ({ raw, params }, reply) =>
      reply
        .headers(plainHeaders(raw, context))
        .send(wordsFor(raw).one(knownModel(tableFor(raw, context), params['*']))),
    );
  }
}

interface Words {
  readonly list: (models: readonly KnownModel[]) => object;
  readonly one: (model: KnownModel) => object;
}

const ANTHROPIC: Words = {
  list: (models) => anthropicModelList(models.map(forAnthropic)),
  one: (model) => anthropicModel(forAnthropic(model)),
};
const GEMINI: Words = { list: (models) => ({ models: models.map(asGemini) }), one: asGemini };
const OPENAI: Words = { list: listModels, one: listedModel };

/** `/v1/models` is a path of three dialects. */
function wordsFor(request: IncomingMessage): Words {
  if (isGeminiClient(request)) return GEMINI;
  return isAnthropicClient(request) ? ANTHROPIC : OPENAI;
}

function forAnthropic({ name, served }: KnownModel): Parameters<typeof anthropicModel>[0] {
  const { createdAt = null, contextLength = null } = served ?? {};
  return { id: name, createdAt: createdAt === null ? null : createdAt * 1000, displayName: name, contextLength };
}

function asGemini({ name, served }: KnownModel): ReturnType<typeof geminiModel> {
  const { contextLength = null, capabilities = null } = served ?? {};
  // Of a model of a provider's only its name tells.
  const embeds = capabilities === null ? /embed/i.test(name) : !capabilities.some(answers);
  return geminiModel({
    id: name,
    contextLength,
    maxOutputTokens: null,
    thinking: capabilities?.includes('thinking'),
    embeds,
  });
}

function answers(capability: Capability): boolean {
  return capability === 'chat' || capability === 'completion';
}
