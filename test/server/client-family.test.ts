import { describe, expect, it } from 'vitest';
import { clientFamily } from '../../src/server/client-family.ts';

describe('clientFamily', () => {
  it.each([
    ['OpenAI/Python 2.8.1', 'openai-python'],
    ['AsyncOpenAI/Python 2.8.1', 'openai-python'],
    ['OpenAI/JS 6.48.0', 'openai-node'],
    ['ls/JS 5.23.2', 'openai-node'],
    ['Anthropic/Python 0.80.0', 'anthropic-python'],
    ['claude-cli/2.0.1 (external, cli)', 'claude-cli'],
    ['curl/8.5.0', 'curl'],
    ['python-requests/2.32', 'python-requests'],
    ['opencode/1.2.3 ai-sdk/5.0 runtime/bun', 'ai-sdk'],
    ['Mozilla/5.0 (Macintosh) Chrome/140', 'browser'],
    ['Mozilla/5.0 (Macintosh) AppleWebKit Code/1.99 Electron/34', 'vscode'],
    ['Mozilla/5.0 (X11) obsidian/1.9 Chrome/134 Electron/35', 'obsidian'],
    ['Go-http-client/1.1', 'go-http-client'],
    ['', null],
    ['(odd)', null],
  ])('%j is %s', (userAgent, family) => {
    expect(clientFamily(userAgent)).toBe(family);
  });

  it('is null where none was sent, and short whatever was', () => {
    expect(clientFamily(undefined)).toBeNull();
    expect(clientFamily('x'.repeat(10_000))).toHaveLength(40);
    for (let index = 0; index < 1_000; index++) clientFamily(`agent-${index}/1`);
    expect(clientFamily('curl/8.5.0')).toBe('curl');
  });
});
