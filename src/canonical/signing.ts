/** A request as it is about to be sent, to be signed. */
export interface SignableRequest {
  readonly method: 'POST';
  /** With its query; its path is escaped as it is sent. */
  readonly url: string;
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/**
 * What proves who sends a request where no key alone does: gives the headers to add (lower-case names; name, value,
 * name, value), which are secret. May have to fetch a token first. Throws a `GatewayError` where there is none to be
 * had.
 */
export type RequestSigner = (request: SignableRequest) => readonly string[] | Promise<readonly string[]>;
