import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awsSigner } from '../../src/providers/bedrock.ts';
import { signV4 } from '../../src/providers/sign-v4.ts';
import { Secret } from '../../src/std/secret.ts';

const KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: new Secret(KEY), sessionToken: null };
const scope = { region: 'us-east-1', service: 'service', at: new Date('2015-08-30T12:36:00Z') };

function signatureIn(headers: readonly string[]): string {
  return /Signature=([0-9a-f]{64})$/.exec(headers[1] ?? '')?.[1] ?? '';
}

/** The test suite that AWS publishes for Signature Version 4 (aws-sig-v4-test-suite; in every AWS SDK). */
describe("AWS's own test suite", () => {
  it.each([
    ['get-vanilla', 'GET', '/', [], '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      [],
      '',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    ['post-vanilla', 'POST', '/', [], '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-x-www-form-urlencoded',
      'POST',
      '/',
      ['Content-Type', 'application/x-www-form-urlencoded'],
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('%s', (_name, method, path, headers, body, signature) => {
    const request = { method, url: `https://example.amazonaws.com${path}`, headers, body: Buffer.from(body) };
    const signed = signV4(request, keys, scope);
    expect(signed[1]).toContain('Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ');
    expect(signatureIn(signed)).toBe(signature);
    expect(signed.slice(2)).toEqual(['x-amz-date', '20150830T123600Z']);
  });
});

/** The same by the letters of AWS's text, for one request with a JSON body. */
function derivedAnew(host: string, path: string, body: string, region: string, time: string, token: string): string {
  const hash = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'utf8').digest();
  const twice = path.replaceAll('%', '%25');
  const names = 'content-type;host;x-amz-date;x-amz-security-token';
  const canonical =
    `POST\n${twice}\n\ncontent-type:application/json\nhost:${host}\nx-amz-date:${time}\n` +
    `x-amz-security-token:${token}\n\n${names}\n${hash(body)}`;
  const day = time.slice(0, 8);
  const text = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/bedrock/aws4_request\n${hash(canonical)}`;
  const key = mac(mac(mac(mac(`AWS4${KEY}`, day), region), 'bedrock'), 'aws4_request');
  return mac(key, text).toString('hex');
}

describe('requests for Bedrock', () => {
  const sign = (url: string, body: string, region = 'us-east-1') =>
    awsSigner({
      service: 'bedrock',
      region,
      keys: () => ({ ...keys, sessionToken: new Secret('TOKEN') }),
      now: () => Date.UTC(2026, 8, 1, 1, 2, 3, 456),
    })({ method: 'POST', url, headers: ['content-type', 'application/json', 'x-other', '1'], body: Buffer.from(body) });

  it('escape their path once more in what is signed, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (model, body) => {
        const escapedOnce = encodeURIComponent(`m${model}`).replace(
          /[!'()*]/g,
          (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
        );
        const path = `/model/${escapedOnce}/converse`;
        const host = 'bedrock-runtime.eu-west-1.amazonaws.com';
        const signed = sign(`https://${host}${path}`, body) as readonly string[];
        const time = '20260901T010203Z';
        expect(signed.slice(2)).toEqual(['x-amz-date', time, 'x-amz-security-token', 'TOKEN']);
        expect(signatureIn(signed)).toBe(derivedAnew(host, path, body, 'eu-west-1', time, 'TOKEN'));
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['https://bedrock-runtime.us-gov-west-1.amazonaws.com/x', 'us-gov-west-1'],
    ['https://bedrock-runtime-fips.us-west-2.amazonaws.com/x', 'us-west-2'],
    ['https://vpce-1-2.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com/x', 'ap-southeast-2'],
    ['http://127.0.0.1:9/x', 'sa-east-1'],
  ])('to %s are signed for %s', (url, region) => {
    expect((sign(url, '{}', 'sa-east-1') as readonly string[])[1]).toContain(`/20260901/${region}/bedrock/`);
  });
});
