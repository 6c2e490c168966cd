import type { Gateway } from '../gateway/gateway.ts';
import type { Logger } from '../std/log.ts';
import type { Secret } from '../std/secret.ts';
import type { CallerGuard, ClientKey } from './callers.ts';
import type { Management } from './management-documents.ts';

/** What the server needs of the settings. Times in milliseconds, sizes in bytes. */
export interface ServerRules {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly auth: 'key' | 'open';
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly maxRequestBytes: number;
  readonly requestTimeoutMs: number;
}

export interface ServerOptions {
  readonly rules: ServerRules;
  readonly clientKeys: readonly ClientKey[];
  readonly adminToken: Secret;
  readonly gateway: Gateway;
  readonly management: Management;
  readonly version: string;
  readonly logger: Logger;
}

/** What every route needs. */
export interface RouteContext extends ServerOptions {
  readonly guard: CallerGuard;
  isDraining(): boolean;
}
