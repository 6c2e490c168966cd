import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Locality, ModelServer } from '../../src/canonical/model.ts';
import { openLocalIds } from '../../src/daemon/local-ids.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-ids-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logger = pino({ level: 'silent' });
const DAY_MS = 24 * 3_600_000;

function serving(ids: readonly string[], locality: Locality = 'local'): ModelServer {
  return {
    name: 'ollama',
    kind: 'ollama',
    origin: 'http://127.0.0.1:11434',
    apiBase: 'http://127.0.0.1:11434/v1',
    version: null,
    apiKey: null,
    insecureTls: false,
    locality,
    state: 'ready',
    problem: null,
    fromConfig: false,
    models: ids.map((id) => ({
      id,
      locality,
      capabilities: null,
      contextLength: null,
      sizeBytes: null,
      parameterSize: null,
      quantization: null,
      loaded: null,
      createdAt: null,
    })),
  };
}

describe('ids of local models', () => {
  it('outlive the server and the daemon', () => {
    const ids = openLocalIds(folder, logger);
    ids.see([serving(['openai/gpt-oss-20b'])]);
    ids.see([]);
    expect([...ids.all()]).toEqual(['openai/gpt-oss-20b']);
    expect([...openLocalIds(folder, logger).all()]).toEqual(['openai/gpt-oss-20b']);
  });

  it('do not hold what a server only passes on to a cloud', () => {
    const ids = openLocalIds(folder, logger);
    ids.see([serving(['gpt-oss:120b-cloud'], 'cloud')]);
    expect(ids.all().size).toBe(0);
  });

  it('are forgotten a month after they were last served', () => {
    let now = 1_000 * DAY_MS;
    const ids = openLocalIds(folder, logger, () => now);
    ids.see([serving(['old', 'kept'])]);
    now += 20 * DAY_MS;
    ids.see([serving(['kept'])]);
    now += 11 * DAY_MS;
    expect([...openLocalIds(folder, logger, () => now).all()]).toEqual(['kept']);
  });

  it.each(['', '[', '[]', '{"a":"b"}', 'null'])('begin anew when their file is %j', (text) => {
    writeFileSync(join(folder, 'local-models.json'), text);
    expect(openLocalIds(folder, logger).all().size).toBe(0);
  });

  it('are bounded: the ones not seen for the longest time go first', () => {
    let now = DAY_MS * 1_000;
    const ids = openLocalIds(folder, logger, () => now);
    ids.see([serving(['first'])]);
    now += 1;
    ids.see([serving(Array.from({ length: 5000 }, (_, index) => `model-${index}`))]);
    expect(ids.all().size).toBe(5000);
    expect(ids.all().has('first')).toBe(false);
  });
});
