import { reworded } from '../canonical/errors.ts';
import type { GatewayError } from '../canonical/errors.ts';
import type { Target } from '../canonical/target.ts';
import type { Secret } from '../std/secret.ts';
import type { Wire } from './wire.ts';

/** A shorter key is no secret that could be told from ordinary words. */
const SHORTEST_KEY = 8;
/** A header's value may be a scheme and the key: some quote only the key, and some in a text of JSON. */
const WORDS = /\s+/;

/** What a target is sent of keys, and of what the config has it sent with: some upstreams quote it. */
export function secretsTo({ via }: Target, { secretHeaders }: Pick<Wire, 'secretHeaders'>): readonly Secret[] {
  if (via.kind !== 'network') return [];
  const { credential, secretHeaders: ofAccount } = via.endpoint;
  const key = credential === null ? [] : [credential];
  if (secretHeaders.size === 0 && ofAccount === undefined) return key;
  return [...key, ...secretHeaders.values(), ...(ofAccount?.values() ?? [])];
}

/** An upstream's text for a client, without what it was sent in secret: some quote it when they refuse it. */
export function hideSecrets(text: string, secrets: readonly Secret[]): string {
  let hidden = text;
  for (const secret of secrets) {
    const whole = secret.reveal();
    for (const key of [whole, JSON.stringify(whole).slice(1, -1), ...whole.split(WORDS)]) {
      if (key.length >= SHORTEST_KEY) hidden = hidden.replaceAll(key, String(secret));
    }
  }
  return hidden;
}

/** The same of an error that was read in an upstream's answer. */
export function withoutSecrets(error: GatewayError, secrets: readonly Secret[]): GatewayError {
  const message = hideSecrets(error.message, secrets);
  return message === error.message ? error : reworded(error, message);
}

/** The same without the field that it names, which stands in what was sent, and nowhere in the client's own body. */
export function withoutField(error: GatewayError): GatewayError {
  return error.param === null ? error : reworded(error, error.message, null);
}
