import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTokenEstimator, type EstimateInput, type TokenEstimator } from '../../src/pricing/token-estimate.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The thread as it is built, and threads that misbehave; below node_modules, where the tokenizer is found. */
let folder = '';
let entry: URL;
const open: TokenEstimator[] = [];

beforeAll(async () => {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'token-counter-'));
  await build({
    absWorkingDir: root,
    entryPoints: { 'token-counter': 'src/pricing/token-counter.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    external: ['gpt-tokenizer'],
  });
  entry = pathToFileURL(join(folder, 'token-counter.mjs'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const estimator of open.splice(0)) await estimator.close();
});

function thread(name: string, source: string): URL {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `import { parentPort } from 'node:worker_threads';\n${source}`);
  return pathToFileURL(path);
}

function estimator(options: Parameters<typeof createTokenEstimator>[0] = {}): TokenEstimator {
  const made = createTokenEstimator({ entry, ...options });
  open.push(made);
  return made;
}

function input(request: unknown, answer = '', fields: Partial<EstimateInput> = {}): EstimateInput {
  return {
    model: 'gpt-4o',
    request: Buffer.from(JSON.stringify(request)),
    answer: [Buffer.from(answer)],
    answerKind: 'json',
    ...fields,
  };
}

/** The example of OpenAI's cookbook ("How to count tokens"): the API itself counts 129 for gpt-4, 124 for gpt-4o. */
const COOKBOOK = {
  messages: [
    {
      role: 'system',
      content: 'You are a helpful, pattern-following assistant that translates corporate jargon into plain English.',
    },
    { role: 'system', name: 'example_user', content: 'New synergies will help drive top-line growth.' },
    { role: 'system', name: 'example_assistant', content: 'Things working well together will increase revenue.' },
    {
      role: 'system',
      name: 'example_user',
      content: "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
    },
    {
      role: 'system',
      name: 'example_assistant',
      content: "Let's talk later when we're less busy about how to do better.",
    },
    {
      role: 'user',
      content: "This late pivot means we don't have time to boil the ocean for the client deliverable.",
    },
  ],
};

describe('the thread', () => {
  it.each([
    ['gpt-4', 129],
    ['gpt-3.5-turbo', 129],
    ['openai/gpt-4-turbo', 129],
    ['gpt-4o', 124],
    ['gpt-4.1', 124],
    ['some-other-model', 124],
  ])('counts the prompt of %s as OpenAI does', async (model, tokens) => {
    expect(await estimator().estimate(input(COOKBOOK, '', { model }))).toEqual({
      inputTokens: tokens,
      outputTokens: null,
    });
  });

  it('counts an answer', async () => {
    const answer = JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: 'Hello world' } }] });
    expect(await estimator().estimate(input({ prompt: 'Hello' }, answer))).toEqual({ inputTokens: 1, outputTokens: 2 });
  });

  it('counts a stream like the whole answer, however it was cut', async () => {
    const pieces = ['Hel', 'lo wo', 'rld'].map((content) => {
      return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
    });
    const bytes = Buffer.from(`: comment\n\n${pieces.join('')}data: [DONE]\n\n`);
    const answer = Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1));
    const counts = await estimator().estimate(input({ prompt: ['Hello', 'Hello'] }, '', { answer, answerKind: 'sse' }));
    expect(counts).toEqual({ inputTokens: 2, outputTokens: 2 });
  });

  it('takes special tokens for text', async () => {
    const counts = await estimator().estimate(input({ prompt: '<|endoftext|>' }));
    expect(counts.inputTokens).toBeGreaterThan(1);
  });

  it('leaves the caller its bytes', async () => {
    const asked = input({ prompt: 'Hello' }, '{"data":[]}');
    expect(await estimator().estimate(asked)).toEqual({ inputTokens: 1, outputTokens: 0 });
    expect(Buffer.from(asked.request).toString()).toBe('{"prompt":"Hello"}');
  });

  it('does not know what it cannot read', async () => {
    const broken = input({}, '<html>', { request: Buffer.from('{"messages":[') });
    expect(await estimator().estimate(broken)).toEqual({ inputTokens: null, outputTokens: null });
  });

  it('answers questions in order, each its own', async () => {
    const one = estimator();
    const prompts = ['Hello', 'Hello Hello', 'Hello Hello Hello'];
    const counts = await Promise.all(prompts.map((prompt) => one.estimate(input({ prompt }))));
    expect(counts.map((count) => count.inputTokens)).toEqual([1, 2, 3]);
  });
});

const UNKNOWN = { inputTokens: null, outputTokens: null };
const ECHO_THREAD = "parentPort.on('message', ({ id, model }) => parentPort.postMessage(";

describe('the limits', () => {
  it('a question over its time gets null, and the next one a new thread', async () => {
    const slow = thread(
      'slow',
      `${ECHO_THREAD}{ id, inputTokens: model === 'slow' ? spin() : 7, outputTokens: 0 }));
       function spin() { for (;;); }`,
    );
    const one = estimator({ entry: slow, jobLimitMs: 300 });
    const [late, next] = await Promise.all([
      one.estimate(input({}, '', { model: 'slow' })),
      one.estimate(input({}, '', { model: 'quick' })),
    ]);
    expect(late).toEqual(UNKNOWN);
    expect(next).toEqual({ inputTokens: 7, outputTokens: 0 });
  });

  it('a thread that dies takes one question with it', async () => {
    const dying = thread(
      'dying',
      `${ECHO_THREAD}{ id, inputTokens: model === 'die' ? process.exit(1) : 7, outputTokens: 0 }));`,
    );
    const one = estimator({ entry: dying });
    expect(await one.estimate(input({}, '', { model: 'die' }))).toEqual(UNKNOWN);
    expect(await one.estimate(input({}, '', { model: 'live' }))).toEqual({ inputTokens: 7, outputTokens: 0 });
  });

  it('a missing file is told, and the answer is null', async () => {
    const failures: Error[] = [];
    const one = estimator({
      entry: pathToFileURL(join(folder, 'missing.mjs')),
      onFailure: (error) => failures.push(error),
    });
    expect(await one.estimate(input({ prompt: 'Hello' }))).toEqual(UNKNOWN);
    expect(failures[0]?.message).toContain('missing.mjs');
  });

  it('a thread that cannot even be begun is told, and every answer is null', async () => {
    const failures: Error[] = [];
    const one = estimator({ entry: new URL('https://127.0.0.1/'), onFailure: (error) => failures.push(error) });
    const asked = [one.estimate(input({ prompt: 'Hello' })), one.estimate(input({ prompt: 'Hello' }))];
    expect(await Promise.all(asked)).toEqual([UNKNOWN, UNKNOWN]);
    expect(failures).toHaveLength(2);
  });

  it('over a hundred in the queue get null at once, the others their answer', async () => {
    const one = estimator({ entry: thread('quick', `${ECHO_THREAD}{ id, inputTokens: 7, outputTokens: 0 }));`) });
    const counts = await Promise.all(Array.from({ length: 150 }, () => one.estimate(input({}))));
    expect(counts.filter((count) => count.inputTokens === 7)).toHaveLength(101);
    expect(counts.slice(101).every((count) => count.inputTokens === null)).toBe(true);
  });

  it('more bytes than may wait get null', async () => {
    const one = estimator({ entry: thread('bytes', `${ECHO_THREAD}{ id, inputTokens: 7, outputTokens: 0 }));`) });
    const large = input({}, '', { request: Buffer.alloc(65 * 1024 * 1024) });
    expect(await one.estimate(large)).toEqual(UNKNOWN);
  });

  it('the thread ends when nobody asks, and starts again', async () => {
    const source = `import { threadId } from 'node:worker_threads';
      ${ECHO_THREAD}{ id, inputTokens: threadId, outputTokens: 0 }));`;
    const one = estimator({ entry: thread('idle', source), idleLimitMs: 20 });
    const first = await one.estimate(input({}));
    const second = await one.estimate(input({}));
    expect(second.inputTokens).toBe(first.inputTokens);
    // Asked again and again with growing pauses, until a pause was longer than the limit.
    let later = second;
    for (let pauseMs = 20; later.inputTokens === first.inputTokens; pauseMs *= 2) {
      expect(pauseMs).toBeLessThan(10_000);
      await new Promise((resume) => setTimeout(resume, pauseMs));
      later = await one.estimate(input({}));
    }
    expect(later.inputTokens).toBeGreaterThan(first.inputTokens ?? Infinity);
  });

  it('closing answers what waits, and everything after it', async () => {
    const one = estimator({ entry: thread('silent', "parentPort.on('message', () => undefined);") });
    const waiting = [one.estimate(input({})), one.estimate(input({}))];
    await one.close();
    expect(await Promise.all(waiting)).toEqual([UNKNOWN, UNKNOWN]);
    expect(await one.estimate(input({}))).toEqual(UNKNOWN);
  });
});
