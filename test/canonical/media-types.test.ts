import { describe, expect, it } from 'vitest';
import { mediaTypeOfBytes, statedMediaType } from '../../src/canonical/media-types.ts';

describe('the type of bytes', () => {
  it.each([
    ['89504e470d0a1a0a0000000d', 'image/png'],
    ['ffd8ffe000104a464946', 'image/jpeg'],
    ['ffd8ffdb', 'image/jpeg'],
    ['474946383761', 'image/gif'],
    ['474946383961', 'image/gif'],
    ['52494646240000005745425056503820', 'image/webp'],
    ['255044462d312e37', 'application/pdf'],
    // Bytes before its mark, which readers of PDF skip.
    ['0a0a255044462d312e37', 'application/pdf'],
    // WAV is a RIFF file too.
    ['524946462400000057415645666d7420', null],
    ['3c68746d6c3e', null],
    ['3c737667', null],
    ['89504e47', null],
    ['', null],
  ])('%s is %s', (hex, type) => {
    expect(mediaTypeOfBytes(Buffer.from(hex, 'hex'))).toBe(type);
  });

  it('is not looked for far into them', () => {
    expect(mediaTypeOfBytes(Buffer.concat([Buffer.alloc(1024), Buffer.from('%PDF-1.7')]))).toBeNull();
  });
});

describe('a content-type', () => {
  it.each([
    ['image/png', 'image/png'],
    ['IMAGE/PNG; charset=binary', 'image/png'],
    [' image/jpg ', 'image/jpeg'],
    ['application/pdf;qs=0.001', 'application/pdf'],
    ['application/octet-stream', 'unknown'],
    ['binary/octet-stream', 'unknown'],
    ['', 'unknown'],
    [undefined, 'unknown'],
    ['text/html', null],
    ['image/svg+xml', null],
    ['constructor', null],
    ['multipart/form-data', null],
  ])('of %j says %s', (contentType, type) => {
    expect(statedMediaType(contentType)).toBe(type);
  });
});
