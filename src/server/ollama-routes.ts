import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../canonical/errors.ts';
import { meantNames, psAnswer, showAnswer, tagsAnswer, versionAnswer } from '../dialects/ollama/model-answers.ts';
import type { ShownModel } from '../dialects/ollama/model-answers.ts';
import { OLLAMA_CHAT_FACE } from '../dialects/faces.ts';
import { checkedModel, parseObject } from '../dialects/request-head.ts';
import { plannedName } from '../gateway/planned-name.ts';
import { answerError } from './answer-error.ts';
import { asGatewayError } from './app.ts';
import { plainHeaders, tableFor } from './inference.ts';
import { knownModel, knownModels } from './known-models.ts';
import type { KnownModel } from './known-models.ts';
import { readBody } from './read-body.ts';
import type { RouteContext } from './route-context.ts';
import type { RouteTable } from '../routing/route-table.ts';

/** A name is all that is in it. */
const MAX_SHOW_BYTES = 64 * 1024;
const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * What clients of Ollama ask besides answers: which models there are, what each can do, which are loaded. They see
 * every model of every provider.
 */
export function addOllamaRoutes(app: FastifyInstance, context: RouteContext): void {
  const answerWith = (path: string, answerOf: (request: IncomingMessage) => string): void => {
    app.get(path, ({ raw }, reply) => reply.headers(plainHeaders(raw, context)).type(JSON_TYPE).send(answerOf(raw)));
  };
  answerWith('/api/tags', (request) =>
    tagsAnswer(knownModels(tableFor(request, context)).filter(isForOllama).map(shown)),
  );
  answerWith('/api/ps', (request) => {
    const loaded = knownModels(tableFor(request, context)).filter(({ served }) => served?.loaded === true);
    return psAnswer(loaded.map(shown), Date.now());
  });
  answerWith('/api/version', () => versionAnswer());
  app.post('/api/show', ({ raw }, reply) => {
    reply.hijack();
    answerShow(raw, reply.raw, context);
  });
  for (const [what, path] of OF_ITS_OWN_MODELS) {
    app.route({
      method: ['POST', 'DELETE', 'HEAD'],
      url: path,
      handler: ({ raw }) => {
        context.guard.authenticate(raw);
        const message = `llmgw keeps no models of its own, so there is nothing to ${what} here.`;
        throw new GatewayError('not_found', message, { status: NOT_IMPLEMENTED, hint: ASK_OLLAMA });
      },
    });
  }
}

const NOT_IMPLEMENTED = 501;
const ASK_OLLAMA =
  'Do it at Ollama itself (`OLLAMA_HOST=127.0.0.1:11434 ollama …`); its models are found by themselves.';
const OF_ITS_OWN_MODELS = [
  ['pull', '/api/pull'],
  ['push', '/api/push'],
  ['create', '/api/create'],
  ['copy', '/api/copy'],
  ['delete', '/api/delete'],
  ['create', '/api/blobs/*'],
] as const;

function answerShow(request: IncomingMessage, response: ServerResponse, context: RouteContext): void {
  const fail = (error: unknown): void => {
    answerError(response, request, asGatewayError(error, context.logger), context);
  };
  try {
    const table = tableFor(request, context);
    readBody(request, MAX_SHOW_BYTES, (body) => {
      try {
        if (body instanceof GatewayError) throw body;
        const text = showAnswer(shown(modelMeant(table, nameIn(body))));
        response.writeHead(200, { 'content-type': JSON_TYPE, ...plainHeaders(request, context) });
        response.end(text);
      } catch (error) {
        fail(error);
      }
    });
  } catch (error) {
    fail(error);
  }
}

/** Older clients say `name`. */
function nameIn(body: Buffer): string {
  const asked = parseObject(body);
  const name = asked['model'] ?? asked['name'] ?? '';
  if (name !== '') return checkedModel(name);
  throw new GatewayError('missing_field', 'The request body has no `model`.', { param: 'model' });
}

/** Ollama's clients leave the tag of a model out too: `qwen3` is listed as `qwen3:latest`. */
function modelMeant(table: RouteTable, asked: string): KnownModel {
  const name = plannedName(table, OLLAMA_CHAT_FACE, asked);
  const [tagged] = meantNames(name);
  return knownModel(table, tagged !== undefined && table.localModels.has(tagged) ? tagged : name);
}

/** What draws, speaks or listens at a provider cannot be asked for in Ollama's words; a server's own models may. */
function isForOllama({ facts, served }: KnownModel): boolean {
  const { capabilities } = facts;
  if (served !== null || capabilities === null) return true;
  return capabilities.some((one) => one === 'chat' || one === 'completion' || one === 'embedding');
}

function shown({ name, facts, served }: KnownModel): ShownModel {
  const { contextLength, capabilities, createdAt } = facts;
  const { sizeBytes, parameterSize, quantization } = served ?? {};
  return { name, contextLength, capabilities, sizeBytes, parameterSize, quantization, createdAt };
}
