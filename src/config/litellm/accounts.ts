import { SERVER_KINDS } from '../../canonical/model.ts';
import { RESERVED_PROVIDER_NAMES } from '../../canonical/reserved-names.ts';
import { PROVIDERS } from '../../providers/table.ts';
import type { Account } from './placement.ts';
import type { NativeMap } from './value.ts';

const NAME_LENGTH = 64;
/** What llmgw calls the servers that it finds itself. */
const FOUND_NAMES: ReadonlySet<string> = new Set(SERVER_KINDS);
const PROVIDER_IDS: ReadonlySet<string> = new Set(PROVIDERS.map(({ id }) => id));

/** Gives each server and account a name, the same one for the same. */
export class Accounts {
  readonly servers: NativeMap[] = [];
  readonly providers: NativeMap = {};
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** What stands before the slash of its targets. */
  nameOf(account: Account): string {
    if (account.type !== null && Object.keys(account.entry).length === 0) return account.type;
    const identity = JSON.stringify([account.section, account.type, account.entry]);
    const known = this.#names.get(identity);
    if (known !== undefined) return known;
    const name = this.#choose(account);
    this.#names.set(identity, name);
    if (account.section === 'servers') this.servers.push({ name, ...account.entry });
    else this.providers[name] = account.type === null ? account.entry : { type: account.type, ...account.entry };
    return name;
  }

  /** The usual account under a name of its own, for a target that would else mean another model of the file. */
  nameOfDirect(id: string): string {
    const name = `${id}-direct`;
    this.providers[name] ??= { type: id };
    this.#taken.add(name);
    return name;
  }

  #choose({ names, type, entry }: Account): string {
    const wished = names.map(asName).filter((name) => name !== '');
    const first = wished[0] ?? type ?? 'account';
    // The server on this machine that discovery would find under this name is the one that is meant.
    const isFound = (name: string) => FOUND_NAMES.has(name) && name !== entry['kind'];
    const isFree = (name: string) =>
      !this.#taken.has(name) && !PROVIDER_IDS.has(name) && !RESERVED_PROVIDER_NAMES.has(name) && !isFound(name);
    let chosen = wished.find((name) => isFree(name) && !this.#isElsewhere(name, entry));
    for (let number = 2; chosen === undefined; number++) {
      const numbered = `${first}-${number}`;
      if (isFree(numbered)) chosen = numbered;
    }
    this.#taken.add(chosen);
    return chosen;
  }

  /** The plain name of a kind is for the server on this machine. */
  #isElsewhere(name: string, entry: NativeMap): boolean {
    return FOUND_NAMES.has(name) && entry['local'] !== undefined;
  }
}

function asName(text: string): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9._-]+/g, '-');
  return plain.replace(/^[-.]+|[-.]+$/g, '').slice(0, NAME_LENGTH);
}
