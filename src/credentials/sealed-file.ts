import { createCipheriv, createDecipheriv, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { z } from '../std/schema.ts';
import { parseJson } from '../std/parse-json.ts';

/**
 * Bytes that only the holder of a key can read or change. A line of JSON (the header: version, how the key is come by,
 * which key it is), a line break, a nonce of 12 bytes, an authentication tag of 16, the ciphertext of AES-256-GCM. The
 * header is authenticated with the rest. Every sealing has a nonce of its own.
 */
export interface Opened {
  readonly kind: 'opened';
  readonly content: Buffer;
}

export type OpenFailure = { readonly kind: 'wrong_key' } | { readonly kind: 'damaged'; readonly what: string };

/** How the key is come by: out of a file of its own, or from a password by scrypt. */
export type KeyOrigin = z.infer<typeof KEY_ORIGIN>;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const MAX_HEADER_BYTES = 1024;

/**
 * Parameters of scrypt that are taken from a file are bounded: it may have been changed so as to exhaust the memory.
 * Written are N = 2¹⁶, r = 8, p = 2, which OWASP's password storage cheat sheet names; 64 MiB for half a second.
 */
const KEY_ORIGIN = z.union([
  z.strictObject({ kdf: z.literal('key-file') }),
  z.strictObject({
    kdf: z.literal('scrypt'),
    salt: z.string().regex(/^[0-9a-f]{32}$/),
    n: z.union([z.literal(32_768), z.literal(65_536), z.literal(131_072)]),
    r: z.literal(8),
    p: z.number().int().min(1).max(4),
  }),
]);

const HEADER = z.strictObject({ v: z.literal(1), key: KEY_ORIGIN, key_id: z.string().regex(/^[0-9a-f]{32}$/) });

export function newKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

export function newPasswordOrigin(): KeyOrigin {
  return { kdf: 'scrypt', salt: randomBytes(SALT_BYTES).toString('hex'), n: 65_536, r: 8, p: 2 };
}

/** Off the main thread. The password is taken in its composed form: keyboards differ in how they write an é. */
export function keyFromPassword(password: string, origin: Extract<KeyOrigin, { kdf: 'scrypt' }>): Promise<Buffer> {
  const { salt, n, r, p } = origin;
  const maxmem = 256 * n * r;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), Buffer.from(salt, 'hex'), KEY_BYTES, { N: n, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

export function seal(content: Buffer, key: Buffer, origin: KeyOrigin): Buffer {
  const header = Buffer.from(`${JSON.stringify({ v: 1, key: origin, key_id: idOf(key) })}\n`);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(header);
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([header, nonce, cipher.getAuthTag(), sealed]);
}

/** Whose key it takes, as its header says before anything is known to be true. */
export function originOf(sealed: Buffer): { origin: KeyOrigin; keyId: string } | OpenFailure {
  const end = headerEnd(sealed);
  if (end === null) return { kind: 'damaged', what: 'its first line is missing' };
  const header = parseHeader(sealed.subarray(0, end).toString('utf8'));
  if (header === null) return { kind: 'damaged', what: 'its first line is not one of ours, or of a later version' };
  return { origin: header.key, keyId: header.key_id };
}

export function open(sealed: Buffer, key: Buffer): Opened | OpenFailure {
  const named = originOf(sealed);
  if ('kind' in named) return named;
  if (!timingSafeEqual(Buffer.from(idOf(key)), Buffer.from(named.keyId))) return { kind: 'wrong_key' };
  const start = (headerEnd(sealed) ?? 0) + 1;
  const contentAt = start + NONCE_BYTES + TAG_BYTES;
  if (sealed.length < contentAt) return { kind: 'damaged', what: 'it is cut off' };
  const nonce = sealed.subarray(start, start + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(sealed.subarray(0, start));
  decipher.setAuthTag(sealed.subarray(start + NONCE_BYTES, contentAt));
  const first = decipher.update(sealed.subarray(contentAt));
  try {
    return { kind: 'opened', content: Buffer.concat([first, decipher.final()]) };
  } catch {
    // Node has one error for it, without a code: the tag does not fit the bytes.
    return { kind: 'damaged', what: 'it was cut off or changed' };
  }
}

/** Tells a wrong key from a changed file, and tells nothing about the key. */
function idOf(key: Buffer): string {
  return createHmac('sha256', key).update('llmgw credentials key id').digest('hex').slice(0, 32);
}

function headerEnd(sealed: Buffer): number | null {
  const end = sealed.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a);
  return end < 0 ? null : end;
}

function parseHeader(text: string): z.infer<typeof HEADER> | null {
  return HEADER.safeParse(parseJson(text)).data ?? null;
}
