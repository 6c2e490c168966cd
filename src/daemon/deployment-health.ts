import type { ModelServer } from '../canonical/model.ts';
import type { Deployment, Group } from '../routing/group.ts';
import type { HealthBook } from '../routing/health-book.ts';
import { groupOf } from '../routing/plan.ts';
import type { RouteTable } from '../routing/route-table.ts';

/** Deployments that were seen in some table; of more, those seen first are forgotten. */
const MOST_SEEN = 20_000;

/** What is found outside at the time of a change. */
export interface FoundOutside {
  readonly servers: readonly ModelServer[];
  /** Of every provider that a table may have. */
  readonly providers: readonly string[];
  /** Whether what a look at the servers finds counts for the deployments on them. */
  readonly isProbed: boolean;
}

/** Where a deployment is. */
export interface SeenDeployment {
  /** `ollama/qwen3:8b`. */
  readonly target: string;
  /** The name of its server or provider; `null`: it is built in. */
  readonly at: string | null;
}

/**
 * Brings together what is known of deployments and what is found outside: the looks at model servers are free probes,
 * and what has gone is forgotten. Tables come and go; the book stays.
 */
export class DeploymentHealth {
  readonly book: HealthBook;
  readonly #seen = new Map<string, SeenDeployment>();
  #found: FoundOutside = { servers: [], providers: [], isProbed: false };

  constructor(book: HealthBook) {
    this.book = book;
  }

  /** Where a deployment is that some table has had; `null`: none has. */
  whereIs(id: string): SeenDeployment | null {
    return this.#seen.get(id) ?? null;
  }

  /** A table is in force: the groups of the config are compiled before they are asked for. */
  compiled(table: RouteTable): void {
    const groups = [...table.models.exact.keys()].flatMap((name) => groupOf(table, name) ?? []);
    const ids = this.#see(groups);
    if (this.#found.isProbed) this.#tell(ids);
  }

  /** Something was found or has gone, and these tables are to be replaced. */
  changed(found: FoundOutside, tables: Iterable<RouteTable>): void {
    for (const table of tables) {
      for (const memory of [table.planned, table.ruled, table.stoodIn]) {
        this.#see([...memory.values()].map(({ group }) => group));
      }
    }
    this.#found = found;
    this.#forgetGone();
    if (found.isProbed) this.#tell(this.#seen.keys());
  }

  #see(groups: readonly Group[]): readonly string[] {
    const ids: string[] = [];
    for (const { deployments } of groups) {
      for (const { id, target } of deployments) {
        this.#seen.set(id, { target: target.name, at: providerOf(target) });
        ids.push(id);
      }
    }
    for (const id of this.#seen.keys()) {
      if (this.#seen.size <= MOST_SEEN) break;
      this.#seen.delete(id);
    }
    return ids;
  }

  /** A server that wants a key, or lists no models, answers: it is there, whatever it says. */
  #tell(ids: Iterable<string>): void {
    const isUp = new Map(
      this.#found.servers.map(({ name, state, mayAnswer }) => [name, state !== 'down' || mayAnswer === true]),
    );
    for (const id of ids) {
      const at = this.#seen.get(id)?.at ?? null;
      const up = at === null ? undefined : isUp.get(at);
      if (up !== undefined) this.book.probed(id, up);
    }
  }

  #forgetGone(): void {
    const { servers, providers } = this.#found;
    const there = new Set([...servers.map(({ name }) => name), ...providers]);
    const isThere = (id: string): boolean => {
      const seen = this.#seen.get(id);
      const at = seen === undefined ? id.slice(0, Math.max(0, id.indexOf('/'))) : seen.at;
      return at === null || there.has(at);
    };
    for (const id of this.#seen.keys()) if (!isThere(id)) this.#seen.delete(id);
    this.book.retain(new Set([...this.book.states().keys()].filter(isThere)));
  }
}

function providerOf({ via }: Deployment['target']): string | null {
  return via.kind === 'network' ? via.endpoint.provider : null;
}
