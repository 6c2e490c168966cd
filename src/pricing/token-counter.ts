import { parentPort } from 'node:worker_threads';
import { answerText } from './answer-text.ts';
import { promptText } from './request-text.ts';
import type { TokenJob, TokenJobResult } from './token-job.ts';
import { parseJson } from '../std/parse-json.ts';

/**
 * The counting thread: one job in, one result out. The tables of an encoding (some MB) are read when it is first needed
 * and stay until the thread ends.
 */
type CountText = (text: string) => number;

const encodings = new Map<string, Promise<CountText>>();

/** Models of OpenAI from before gpt-4o, and its embeddings. All others are estimated with the newer encoding. */
const OLDER_MODELS = /(?:^|\/)(?:gpt-4(?:$|-)|gpt-3\.5|gpt-35|text-embedding-)/;

parentPort?.on('message', (job: TokenJob) => {
  void count(job).then((result) => parentPort?.postMessage(result));
});

async function count(job: TokenJob): Promise<TokenJobResult> {
  const countText = await loadEncoding(OLDER_MODELS.test(job.model) ? 'cl100k_base' : 'o200k_base');
  const sum = (texts: readonly string[]): number => texts.reduce((total, text) => total + countText(text), 0);
  const prompt = promptText(parseRequest(job.request));
  const answer = answerText(job.answer, job.answerKind);
  return {
    id: job.id,
    inputTokens: prompt === null ? null : sum(prompt.texts) + prompt.extraTokens,
    outputTokens: answer === null ? null : sum(answer),
  };
}

function loadEncoding(name: 'cl100k_base' | 'o200k_base'): Promise<CountText> {
  const known = encodings.get(name);
  if (known !== undefined) return known;
  const loading = importEncoding(name);
  encodings.set(name, loading);
  return loading;
}

async function importEncoding(name: 'cl100k_base' | 'o200k_base'): Promise<CountText> {
  const { countTokens } =
    name === 'cl100k_base'
      ? await import('gpt-tokenizer/encoding/cl100k_base')
      : await import('gpt-tokenizer/encoding/o200k_base');
  // `<|endoftext|>` in a prompt is text like any other, and must not be refused.
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, options);
}

function parseRequest(bytes: Uint8Array): unknown {
  return parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}
