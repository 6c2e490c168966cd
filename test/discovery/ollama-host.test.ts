import { describe, expect, it } from 'vitest';
import { findCandidates } from '../../src/discovery/candidates.ts';
import { readOllamaHost } from '../../src/discovery/ollama-host.ts';

describe('OLLAMA_HOST', () => {
  it.each([
    [undefined, 'http', '127.0.0.1', 11434, ''],
    ['', 'http', '127.0.0.1', 11434, ''],
    ['   ', 'http', '127.0.0.1', 11434, ''],
    ['10.0.0.5', 'http', '10.0.0.5', 11434, ''],
    ['myhost', 'http', 'myhost', 11434, ''],
    ['10.0.0.5:8888', 'http', '10.0.0.5', 8888, ''],
    [':8888', 'http', '127.0.0.1', 8888, ''],
    ['http://h', 'http', 'h', 80, ''],
    ['https://h', 'https', 'h', 443, ''],
    ['http://h:1234', 'http', 'h', 1234, ''],
    ['https://h:1234/ollama', 'https', 'h', 1234, '/ollama'],
    ['https://h/ollama/', 'https', 'h', 443, '/ollama'],
    ['http://h:1234/', 'http', 'h', 1234, ''],
    ['[::1]:11500', 'http', '::1', 11500, ''],
    ['[::1]', 'http', '::1', 11434, ''],
    ['nonsense host!', 'http', '127.0.0.1', 11434, ''],
    ['http://[bad', 'http', '127.0.0.1', 80, ''],
    ['a b', 'http', '127.0.0.1', 11434, ''],
    ['::1', 'http', '::1', 11434, ''],
    ['0.0.0.0', 'http', '127.0.0.1', 11434, ''],
    ['"0.0.0.0"', 'http', '127.0.0.1', 11434, ''],
    [" '0.0.0.0:9000' ", 'http', '127.0.0.1', 9000, ''],
    ['[::]:9000', 'http', '::1', 9000, ''],
    ['host:99999', 'http', 'host', 11434, ''],
    ['host:abc', 'http', 'host', 11434, ''],
    ['host:', 'http', 'host', 11434, ''],
    ['http://host:abc', 'http', 'host', 80, ''],
    ['ollama.com', 'https', 'ollama.com', 443, ''],
  ])('%j', (value, scheme, host, port, path) => {
    expect(readOllamaHost(value)).toEqual({ scheme, host, port, path });
  });
});

const rootsOf = (env: NodeJS.ProcessEnv) =>
  findCandidates(env).map((one) => one.addresses.map((address) => address.root));

describe('candidates', () => {
  it('are the default ports, IPv4 first, each once', () => {
    const roots = rootsOf({});
    expect(roots[0]).toEqual(['http://127.0.0.1:11434', 'http://[::1]:11434']);
    expect(new Set(roots.flat()).size).toBe(roots.flat().length);
    for (const port of [
      11434, 1234, 8080, 9931, 8000, 30000, 3000, 1337, 12434, 5001, 5000, 13305, 4891, 23333, 4000,
    ]) {
      expect(roots.flat()).toContain(`http://127.0.0.1:${port}`);
    }
    expect(roots.flat().some((root) => root.endsWith(':11435'))).toBe(false);
  });

  it.each<[NodeJS.ProcessEnv, string[]]>([
    [{ OLLAMA_HOST: '0.0.0.0:11500' }, ['http://127.0.0.1:11500', 'http://[::1]:11500']],
    [{ OLLAMA_HOST: '[::]:11500' }, ['http://[::1]:11500', 'http://127.0.0.1:11500']],
    [{ OLLAMA_HOST: 'gpu-box' }, ['http://gpu-box:11434']],
    [{ OLLAMA_HOST: 'https://gpu-box/ollama' }, ['https://gpu-box/ollama']],
    [{ LLAMA_ARG_PORT: '9123' }, ['http://127.0.0.1:9123', 'http://[::1]:9123']],
    [{ LLAMA_ARG_HOST: '192.168.1.9' }, ['http://192.168.1.9:8080']],
    [{ LLAMA_ARG_HOST: '/tmp/llama.sock', LLAMA_ARG_PORT: '9123' }, ['http://127.0.0.1:9123', 'http://[::1]:9123']],
    [{ LOCALAI_ADDRESS: ':9090' }, ['http://127.0.0.1:9090', 'http://[::1]:9090']],
    [{ LOCALAI_ADDRESS: '0.0.0.0:9090' }, ['http://127.0.0.1:9090', 'http://[::1]:9090']],
    [{ OPENEDAI_PORT: '5055' }, ['http://127.0.0.1:5055', 'http://[::1]:5055']],
    [{ MODEL_RUNNER_HOST: 'http://127.0.0.1:12999' }, ['http://127.0.0.1:12999', 'http://[::1]:12999']],
    [{ MODEL_RUNNER_HOST: 'http://model-runner.docker.internal' }, ['http://model-runner.docker.internal']],
    [{ MODEL_RUNNER_PORT: '12999' }, ['http://127.0.0.1:12999', 'http://[::1]:12999']],
    [{ OSU_PORT: '1400' }, ['http://127.0.0.1:1400', 'http://[::1]:1400']],
    [{ LEMONADE_HOST: '0.0.0.0', LEMONADE_PORT: '9300' }, ['http://127.0.0.1:9300', 'http://[::1]:9300']],
  ])('%j comes first', (env, roots) => {
    expect(rootsOf(env)[0]).toEqual(roots);
    expect(rootsOf(env)).toHaveLength(rootsOf({}).length + 1);
  });

  it.each<NodeJS.ProcessEnv>([
    { OLLAMA_HOST: '' },
    { OLLAMA_HOST: '127.0.0.1' },
    { OLLAMA_HOST: 'localhost:11434' },
    { OLLAMA_HOST: 'ollama.com' },
    { LLAMA_ARG_PORT: 'no' },
    { LLAMA_ARG_PORT: '70000' },
    { LOCALAI_ADDRESS: 'a b' },
    { PORT: '3456', ADDRESS: ':3456', VLLM_PORT: '3456' },
  ])('%j adds nothing', (env) => {
    expect(rootsOf(env)).toHaveLength(rootsOf({}).length);
  });
});
