import { describe, expect, it } from 'vitest';
import { contextInMemory } from '../../src/routing/context-memory.ts';
import { resolveExact } from '../../src/routing/resolve.ts';
import { modelServer, routeTable, servedModel } from '../helpers/routes.ts';

const GIB = 2 ** 30;
/** Llama 3.1 8B: 32 layers of 8 heads, 128 numbers each for key and value, two bytes each. */
const LLAMA_8B = { sizeBytes: 4.6 * GIB, contextBytesPerToken: 131_072 };

describe('contextInMemory', () => {
  it.each([
    ['what is left of an 8 GiB machine', { ...LLAMA_8B }, 8, 19_660],
    ['what is left of a 16 GiB machine', { ...LLAMA_8B }, 16, 77_004],
    ['never less than one step, where the model nearly fills memory', { ...LLAMA_8B, sizeBytes: 6.9 * GIB }, 8, 8_192],
    ['nothing, where the model does not fit: it must be in memory that is not known', LLAMA_8B, 4, null],
    ['more, where a part of it is seen in a GPU', { ...LLAMA_8B, gpuBytes: 4 * GIB }, 8, 52_428],
    ['nothing, where a token costs nobody knows what', { sizeBytes: GIB }, 8, null],
    ['nothing, where the size of the model is not known', { contextBytesPerToken: 131_072 }, 8, null],
  ])('says %s', (_, facts, gibibytes, tokens) => {
    const memory = { totalBytes: gibibytes * GIB, isShared: false };
    expect(contextInMemory(servedModel('m', facts), memory)).toBe(tokens);
  });

  it('counts memory that processor and GPU share once', () => {
    const model = servedModel('m', { ...LLAMA_8B, gpuBytes: 4 * GIB });
    expect(contextInMemory(model, { totalBytes: 8 * GIB, isShared: true })).toBe(19_660);
  });

  it('says nothing of another machine', () => {
    expect(contextInMemory(servedModel('m', LLAMA_8B), null)).toBeNull();
  });
});

describe('the context that a model can be made to take', () => {
  const model = servedModel('m', { ...LLAMA_8B, contextLength: 131_072 });
  const memory = { totalBytes: 8 * GIB, isShared: false };

  it.each([
    ['on this machine', 'http://127.0.0.1:11434', 19_660],
    ['on this machine, by its name', 'http://localhost:11434', 19_660],
    ['on another', 'http://192.168.1.20:11434', 131_072],
  ])('is the smaller one of its own and what memory holds: %s', (_, origin, contextTokens) => {
    const table = routeTable({ servers: [modelServer('ollama', [model], { kind: 'ollama', origin })], memory });
    expect(resolveExact(table, 'm')[0]?.target.limits.contextTokens).toBe(contextTokens);
  });
});
