import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/config/parse.ts';
import { withStartOptions } from '../../src/daemon/start-settings.ts';

const started = (text: string, host: string | undefined) => {
  const loaded = parseSettings({ file: 'f', text, readableByOthers: false }, {});
  return withStartOptions(loaded, host === undefined ? {} : { host });
};

describe('a master key that is easily guessed', () => {
  it('is refused where the command line makes it reachable', () => {
    expect(() => started('server: {master_key: sk-1234}', '0.0.0.0')).toThrow('0.0.0.0 cannot be listened on');
    expect(() => started('server: {master_key: short-key}', '192.168.1.5')).toThrow('easily guessed');
  });

  it.each([
    ['sk-1234', undefined],
    ['sk-1234', 'localhost'],
    ['0123456789abcdef', '0.0.0.0'],
    ['keychain:llmgw', '0.0.0.0'],
  ])('is none: %s on %s', (key, host) => {
    const { settings } = started(`server: {master_key: "${key}"}`, host);
    expect(settings.server.host).toBe(host ?? '127.0.0.1');
  });
});
