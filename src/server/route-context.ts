import type { ServerSettings, Settings } from '../config/settings.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { HealthBook } from '../routing/health-book.ts';
import type { Logger } from '../std/log.ts';
import type { Secret } from '../std/secret.ts';
import type { CallerGuard, ClientKey } from './callers.ts';
import type { EventFeed } from './event-feed.ts';
import type { LiteLlmWords } from './lite-llm/told-deployments.ts';
import type { KnownProfiles } from './profiles.ts';
import type { Management } from './management-documents.ts';

/** What the server needs of the settings: all that the config says of it but the limit that the gateway keeps. */
export type ServerRules = Omit<ServerSettings, 'maxAnswerBytes' | 'masterKey'> & Pick<Settings, 'ollamaPort'>;

/** What LiteLLM's routes tell beside what the tables say. */
export interface LiteLlmKnowledge {
  readonly words: LiteLlmWords;
  readonly health: HealthBook;
  readonly isLedgerWritable: () => boolean;
}

export interface ServerOptions {
  readonly rules: ServerRules;
  /** Those that are good now. */
  readonly clientKeys: () => readonly ClientKey[];
  readonly adminToken: Secret;
  readonly profiles: KnownProfiles;
  readonly gateway: Gateway;
  readonly management: Management;
  readonly liteLlm: LiteLlmKnowledge;
  readonly events: EventFeed;
  readonly version: string;
  /** The config in force is a file of LiteLLM's. */
  readonly isLiteLlm: () => boolean;
  readonly logger: Logger;
}

/** What every route needs. */
export interface RouteContext extends ServerOptions {
  readonly guard: CallerGuard;
  isDraining(): boolean;
}
