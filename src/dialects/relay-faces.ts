import type { Face } from './face.ts';
import { CHAT_FACE, inBody, RESPONSES_FACE } from './faces.ts';
import { RELAY_ENDPOINTS } from './openai-relay/endpoints.ts';
import type { RelayEndpoint } from './openai-relay/endpoints.ts';

/** The endpoints of OpenAI's that only ever pass through: no other dialect has words for them. */
export const RELAY_FACES: readonly Face[] = RELAY_ENDPOINTS.map(relayFace);

function relayFace(endpoint: RelayEndpoint): Face {
  // Who sums up a conversation speaks the dialect of the conversation; the others are beside chat everywhere.
  const base = endpoint === 'responses/compact' ? RESPONSES_FACE : CHAT_FACE;
  return {
    ...base,
    name: endpoint,
    task: 'relay',
    front: null,
    relay: endpoint,
    pathOf: () => `/${endpoint}`,
    body: { ...inBody(null, false), stream: 'never' },
  };
}
