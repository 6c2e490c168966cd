import type { ModelServer, ServedModel } from '../canonical/model.ts';
import { DEMO_MODEL, DEMO_PROVIDER } from '../routing/route-table.ts';
import type { RouteTable } from '../routing/route-table.ts';

/** Names of models that do not chat, or cost much for a greeting; lists of ids say nothing else about them. */
const NO_CHAT =
  /embed|rerank|whisper|tts|audio|image|dall-e|moderation|realtime|transcri|guard|search|ocr|speech|video|sora|veo/i;
const SMALL = /mini|nano|small|flash|haiku|lite|instant|8b|7b|4b|3b/i;

/** The model for a first request: a local one that is loaded, any local one, the demo, a small cloud one. */
export function chooseTryModel(table: RouteTable): string | null {
  const servers = [...table.servers.values()].map(({ server }) => server).filter(({ state }) => state === 'ready');
  const local = servers.flatMap(localChatModels);
  const loaded = local.find(({ loaded: isLoaded }) => isLoaded === true);
  const found = loaded ?? local[0];
  if (found !== undefined) return found.id;
  return table.demo ? `${DEMO_PROVIDER}/${DEMO_MODEL}` : cloudModel(table);
}

function localChatModels({ models }: ModelServer): readonly ServedModel[] {
  return models.filter(({ id, locality, capabilities }) => {
    if (locality !== 'local') return false;
    return capabilities === null ? !NO_CHAT.test(id) : capabilities.includes('chat');
  });
}

function cloudModel(table: RouteTable): string | null {
  for (const provider of table.providers.values()) {
    if (!provider.usable) continue;
    const chatting = provider.models.filter((id) => !NO_CHAT.test(id));
    const id = chatting.find((one) => SMALL.test(one)) ?? chatting[0];
    if (id !== undefined) return `${provider.endpoint.provider}/${id}`;
  }
  return null;
}
