import { GatewayError } from '../canonical/errors.ts';
import type { Secret } from '../std/secret.ts';

/** A shorter key is no secret that could be told from ordinary words. */
const SHORTEST_KEY = 8;

/** An upstream's text for a client, without the key that it was sent: some quote it when they refuse it. */
export function hideCredential(text: string, credential: Secret | null): string {
  if (credential === null) return text;
  const key = credential.reveal();
  return key.length < SHORTEST_KEY ? text : text.replaceAll(key, String(credential));
}

/** The same of an error that was read in an upstream's answer. */
export function withoutCredential(error: GatewayError, credential: Secret | null): GatewayError {
  const message = hideCredential(error.message, credential);
  return message === error.message ? error : copyOf(error, message, error.param);
}

/** The same without the field that it names, which stands in what was sent, and nowhere in the client's own body. */
export function withoutField(error: GatewayError): GatewayError {
  return error.param === null ? error : copyOf(error, error.message, null);
}

function copyOf(error: GatewayError, message: string, param: string | null): GatewayError {
  const { code, status, type, wireCode, hint, retryAfter, cause } = error;
  return new GatewayError(code, message, {
    status,
    upstreamType: type,
    upstreamCode: wireCode,
    cause,
    ...(hint === null ? {} : { hint }),
    ...(param === null ? {} : { param }),
    ...(retryAfter === null ? {} : { retryAfter }),
  });
}
