import { describe, expect, it } from 'vitest';
import type { ServerKind } from '../../src/canonical/model.ts';
import { addressOfBaseUrl } from '../../src/discovery/address.ts';
import { nameServers } from '../../src/discovery/names.ts';

const at = (kind: ServerKind, port: number, host = '127.0.0.1') => ({ slot: `${host}:${port}`, kind, host, port });
const namesOf = (servers: ReturnType<typeof at>[], taken: string[] = [], held: [string, string][] = []) => [
  ...nameServers(servers, taken, new Map(held)).values(),
];

describe('names of discovered servers', () => {
  it.each<[string, ServerKind, number, string, string]>([
    ['the kind on its port', 'ollama', 11434, '127.0.0.1', 'ollama'],
    ['the kind on its port, over IPv6', 'ollama', 11434, '::1', 'ollama'],
    ['the kind on its new port', 'llama.cpp', 9931, '127.0.0.1', 'llama.cpp'],
    ['kind and port on another', 'vllm', 8001, '127.0.0.1', 'vllm-8001'],
    ['always the port for what says nothing', 'openai-compatible', 8080, '127.0.0.1', 'openai-compatible-8080'],
    ['never the port where it is another at each start', 'foundry-local', 51234, '127.0.0.1', 'foundry-local'],
    ['the host for another machine', 'ollama', 11434, 'gpu-box', 'ollama-gpu-box'],
    ['host and port', 'ollama', 9000, 'fd00::1', 'ollama-fd00--1-9000'],
  ])('%s', (_, kind, port, host, name) => {
    expect(namesOf([at(kind, port, host)])).toEqual([name]);
  });

  it('leaves a name that the config gave to the config', () => {
    expect(namesOf([at('ollama', 11434)], ['ollama'])).toEqual(['ollama-11434']);
    expect(namesOf([at('ollama', 11434)], ['ollama', 'ollama-11434'])).toEqual(['ollama-11434-2']);
  });

  it('gives two servers of a kind two names, the first in order the short one', () => {
    expect(namesOf([at('llama.cpp', 8080), at('llama.cpp', 9931)])).toEqual(['llama.cpp', 'llama.cpp-9931']);
  });

  it('lets a server keep its name when another of its kind appears before it', () => {
    const held: [string, string][] = [['127.0.0.1:9931', 'llama.cpp']];
    const names = nameServers([at('llama.cpp', 8080), at('llama.cpp', 9931)], [], new Map(held));
    expect(Object.fromEntries(names)).toEqual({ '127.0.0.1:8080': 'llama.cpp-8080', '127.0.0.1:9931': 'llama.cpp' });
  });

  it('does not keep the name of another kind that was at the same place', () => {
    expect(namesOf([at('vllm', 8080)], [], [['127.0.0.1:8080', 'llama.cpp']])).toEqual(['vllm-8080']);
  });
});

describe('base_url', () => {
  it.each<[string, string, string[]]>([
    ['http://h:1', 'http://h:1', ['http://h:1/v1', 'http://h:1']],
    ['http://h:1/', 'http://h:1', ['http://h:1/v1', 'http://h:1']],
    ['http://h:1/v1', 'http://h:1', ['http://h:1/v1']],
    ['https://h:1234/ollama', 'https://h:1234/ollama', ['https://h:1234/ollama/v1', 'https://h:1234/ollama']],
    ['https://h/api/v3/', 'https://h/api', ['https://h/api/v3']],
    ['http://h:12434/engines/v1', 'http://h:12434', ['http://h:12434/engines/v1']],
    ['http://h:12434/engines/llama.cpp/v1', 'http://h:12434', ['http://h:12434/engines/llama.cpp/v1']],
  ])('%s', (written, root, apiBases) => {
    expect(addressOfBaseUrl(written)).toMatchObject({ root, apiBases });
  });
});
