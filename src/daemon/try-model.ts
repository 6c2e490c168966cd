import type { ModelServer } from '../canonical/model.ts';
import { isAllowed } from '../routing/candidate.ts';
import { mayChat, soundsLikeChat } from '../routing/chat-models.ts';
import { DEMO_MODEL, DEMO_PROVIDER } from '../routing/route-table.ts';
import type { RouteTable } from '../routing/route-table.ts';

const SMALL = /mini|nano|small|flash|haiku|lite|instant|8b|7b|4b|3b/i;

/**
 * The model for a first request that the profile lets through: a local one that is loaded, any local one, the demo, a
 * small cloud one.
 */
export function chooseTryModel(table: RouteTable): string | null {
  const local = isAllowed(table.allow, 'local') ? table.localChat.filter(({ model }) => mayChat(model)) : [];
  const found = local.find(({ model }) => model.loaded === true) ?? local[0];
  if (found !== undefined) return found.model.id;
  return table.demo ? `${DEMO_PROVIDER}/${DEMO_MODEL}` : cloudModel(table);
}

/** Whether a server that answers has a model that runs here and chats. */
export function hasLocalChatModel(servers: readonly ModelServer[]): boolean {
  return servers.some(
    ({ state, models }) => state === 'ready' && models.some((model) => model.locality === 'local' && mayChat(model)),
  );
}

function cloudModel(table: RouteTable): string | null {
  for (const { endpoint, models, usable } of table.providers.values()) {
    if (!usable || !isAllowed(table.allow, endpoint.locality)) continue;
    const chatting = models.filter(soundsLikeChat);
    const id = chatting.find((one) => SMALL.test(one)) ?? chatting[0];
    if (id !== undefined) return `${endpoint.provider}/${id}`;
  }
  return null;
}
