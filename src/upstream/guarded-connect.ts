import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { buildConnector } from 'undici';

/** Whether an address may be connected to. */
export type AddressCheck = (address: string) => boolean;
/** Every address of a host name. */
export type LookUp = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** As the system resolves names, its hosts file included. */
export const lookUpAll: LookUp = (hostname, done) => {
  lookup(hostname, { all: true }, done);
};

/** A host has an address that may not be connected to. */
export class AddressRefusedError extends Error {
  constructor() {
    super('the address is not allowed');
    this.name = 'AddressRefusedError';
  }
}

/**
 * Connects only to addresses that the check lets through. It is asked of the very addresses that the connection is made
 * to, of all of them, so that a name which is resolved anew to a private address (DNS rebinding) gains nothing; and
 * once more of the one that was connected to, before anything is sent.
 */
export function connectorTo(isAllowed: AddressCheck, lookUp: LookUp): buildConnector.connector {
  const connect = buildConnector({ lookup: guardedLookup(isAllowed, lookUp), autoSelectFamily: true, allowH2: false });
  return (target, callback) => {
    // A host that is an address is not looked up.
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0 && !isAllowed(host)) {
      callback(new AddressRefusedError(), null);
      return;
    }
    connect(target, (...result) => {
      // After a failure undici gives no socket at all, whatever its types say.
      const socket: Socket | null | undefined = result[1];
      if (socket && !isAllowed(socket.remoteAddress ?? '')) {
        socket.destroy();
        callback(new AddressRefusedError(), null);
        return;
      }
      callback(...result);
    });
  };
}

function guardedLookup(isAllowed: AddressCheck, lookUp: LookUp): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, (error, addresses) => {
      // After a failure Node gives no addresses at all, whatever its types say.
      const [first] = error === null ? addresses : [];
      if (error !== null || first === undefined) {
        callback(error ?? new AddressRefusedError(), '', 0);
        return;
      }
      if (!addresses.every(({ address }) => isAllowed(address))) {
        callback(new AddressRefusedError(), '', 0);
        return;
      }
      if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}
