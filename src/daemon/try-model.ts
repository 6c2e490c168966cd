import type { ModelServer } from '../canonical/model.ts';
import { isAllowed } from '../routing/candidate.ts';
import { mayChat, soundsLikeChat } from '../routing/chat-models.ts';
import { DEMO_MODEL, DEMO_PROVIDER } from '../routing/route-table.ts';
import type { RoutedProvider, RouteTable } from '../routing/route-table.ts';
import type { HealthBook } from '../routing/health-book.ts';
import { isOwnName } from '../routing/known-names.ts';
import { namedDeployments } from '../routing/named-deployments.ts';
import type { NamedDeployment } from '../routing/named-deployments.ts';
import { healthOf, reportedDeployments } from '../routing/told-health.ts';

const SMALL = /mini|nano|small|flash|haiku|lite|instant|8b|7b|4b|3b/i;

/**
 * The model for a first request that the profile lets through, what costs nothing first: a name of the config that is
 * answered here alone, a local one that is loaded, any local one, the demo; then a small cloud one, another name of the
 * config.
 */
export function chooseTryModel(table: RouteTable, health: HealthBook): string | null {
  const configured = configuredModels(table, health);
  const here = configured.find(({ name }) => namedDeployments(table, name).every(isHere));
  if (here !== undefined) return here.name;
  const local = isAllowed(table.allow, 'local') ? table.localChat.filter(({ model }) => mayChat(model)) : [];
  const found = local.find(({ model }) => model.loaded === true) ?? local[0];
  if (found !== undefined) return found.model.id;
  if (table.demo) return `${DEMO_PROVIDER}/${DEMO_MODEL}`;
  return cloudModel(table) ?? configured[0]?.name ?? null;
}

function isHere({ deployment }: NamedDeployment): boolean {
  return deployment.target.locality === 'local';
}

/** Whether a request for some name would find somebody. */
export function canAnswerAny(table: RouteTable, health: HealthBook): boolean {
  const isUsable = ({ usable, endpoint }: RoutedProvider): boolean =>
    usable && isAllowed(table.allow, endpoint.locality);
  return table.demo || [...table.providers.values()].some(isUsable) || wellDeployments(table, health).length > 0;
}

function wellDeployments(table: RouteTable, health: HealthBook): readonly NamedDeployment[] {
  const around = { table, health, now: Date.now() };
  return reportedDeployments(table, health).filter((one) => healthOf(one, around).state === 'open');
}

/** Those of the file that are written out and may chat. */
function configuredModels(table: RouteTable, health: HealthBook): readonly NamedDeployment[] {
  return wellDeployments(table, health).filter(({ name, deployment: { mode, target } }) => {
    const chats = target.capabilities === null ? soundsLikeChat(target.model) : target.capabilities.includes('chat');
    return isOwnName(table, name) && (mode === null ? chats : mode === 'chat');
  });
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
