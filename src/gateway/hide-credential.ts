import type { Secret } from '../std/secret.ts';

/** A shorter key is no secret that could be told from ordinary words. */
const SHORTEST_KEY = 8;

/** An upstream's text for a client, without the key that it was sent: some quote it when they refuse it. */
export function hideCredential(text: string, credential: Secret | null): string {
  if (credential === null) return text;
  const key = credential.reveal();
  return key.length < SHORTEST_KEY ? text : text.replaceAll(key, String(credential));
}
