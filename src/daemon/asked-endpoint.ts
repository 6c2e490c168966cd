import { ENDPOINT_WORDS } from '../canonical/endpoint-words.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { Capability } from '../canonical/model.ts';
import { CHAT_FACE } from '../dialects/faces.ts';
import type { Face } from '../dialects/face.ts';
import type { RelayEndpoint } from '../dialects/openai-relay/endpoints.ts';
import { unreachable } from '../std/unreachable.ts';
import { ASKING_FACES } from '../server/face-of.ts';

/**
 * The endpoint that somebody means: by its word (`images`), by its name (`images/generations`), or as clients call it
 * (`/v1/images/generations`). Nothing is chat. Throws a `GatewayError` (400) that names them all.
 */
export function askedEndpoint(asked: unknown): Face {
  if (asked === undefined || asked === '') return CHAT_FACE;
  const text = typeof asked === 'string' ? asked.replace(/^\/?(?:v1\/)?/, '') : '';
  const name = WORDS.get(text) ?? text;
  const found = ASKING_FACES.find((face) => face.name === name);
  if (found !== undefined) return found;
  const message = `There is no such endpoint. Known: ${[...WORDS.keys()].join(', ')}.`;
  throw new GatewayError('invalid_body', message, { param: 'endpoint' });
}

const WORDS: ReadonlyMap<string, string> = new Map(Object.entries(ENDPOINT_WORDS));

/** What a model has to be able to do, one of these at least, to answer there. */
export function neededFor({ task, relay }: Face): readonly Capability[] {
  switch (task) {
    case 'chat':
    case 'completion':
      return TEXT;
    case 'embedding':
      return ['embedding'];
    case 'relay':
      return relay === null ? TEXT : NEEDED_FOR_RELAYS[relay];
    default:
      return unreachable(task);
  }
}

const TEXT: readonly Capability[] = ['chat', 'completion'];

/** Servers list those that rank as embedders, and those that hear and chat transcribe too. */
const NEEDED_FOR_RELAYS: Readonly<Record<RelayEndpoint, readonly Capability[]>> = {
  moderations: ['moderation'],
  'images/generations': ['image'],
  'audio/speech': ['speech'],
  'audio/transcriptions': ['transcription', 'audio'],
  rerank: ['rerank', 'embedding'],
  'responses/compact': TEXT,
};
