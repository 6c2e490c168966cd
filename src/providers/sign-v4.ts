import { createHash, createHmac } from 'node:crypto';
import type { Secret } from '../std/secret.ts';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** Of keys that hold for some hours only. */
  readonly sessionToken: Secret | null;
}

/** What a signature holds for. */
export interface SignatureScope {
  readonly region: string;
  readonly service: string;
  readonly at: Date;
}

interface Request {
  readonly method: string;
  readonly url: string;
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/**
 * The headers that sign a request by AWS's Signature Version 4, as name, value, name, value
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). Signed are the host, the type
 * of the content, and all that begins with `x-amz-`; the path as it is sent is escaped once more, as every service but
 * S3 wants it.
 */
export function signV4(request: Request, keys: AwsKeys, { region, service, at }: SignatureScope): readonly string[] {
  const url = new URL(request.url);
  const time = at.toISOString().replace(/[:-]|\.\d{3}/g, '');
  const added = [
    ['x-amz-date', time],
    ...(keys.sessionToken === null ? [] : [['x-amz-security-token', keys.sessionToken.reveal()]]),
  ].map(([name = '', value = '']) => [name, value] as const);
  const signed = signedHeaders([['host', url.host], ...pairs(request.headers), ...added]);
  const names = [...signed.keys()].join(';');
  const canonical = [
    request.method,
    canonicalPath(url.pathname),
    canonicalQuery(url.search),
    ...[...signed].map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(request.body),
  ].join('\n');
  const scope = [time.slice(0, 8), region, service, 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<Buffer | string>(hmac, `AWS4${keys.secretAccessKey.reveal()}`);
  const signature = hmac(key, text).toString('hex');
  const credential = `${keys.accessKeyId}/${scope.join('/')}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return ['authorization', authorization, ...added.flat()];
}

/** By their lower-case names, in order; a header that is there twice is one with both values. */
function signedHeaders(headers: readonly (readonly [string, string])[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const [spelled, value] of headers) {
    const name = spelled.toLowerCase();
    if (name !== 'host' && name !== 'content-type' && !name.startsWith('x-amz-')) continue;
    const text = value.trim().replace(/ +/g, ' ');
    const before = found.get(name);
    found.set(name, before === undefined ? text : `${before},${text}`);
  }
  return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function pairs(headers: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    found.push([headers[index] ?? '', headers[index + 1] ?? '']);
  }
  return found;
}

function canonicalPath(path: string): string {
  return path.split('/').map(escaped).join('/');
}

function canonicalQuery(search: string): string {
  if (search.length < 2) return '';
  return search
    .slice(1)
    .split('&')
    .map((part) => {
      const at = part.indexOf('=');
      const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
      return [escaped(decodeURIComponent(name)), escaped(decodeURIComponent(value))] as const;
    })
    .sort(([name, value], [otherName, otherValue]) => {
      if (name !== otherName) return name < otherName ? -1 : 1;
      return value < otherValue ? -1 : Number(value > otherValue);
    })
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** RFC 3986: all but letters, digits and `-._~`. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
