import type { TokenPost } from '../credentials/google-token.ts';
import { createProber } from '../upstream/probe.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/** Posts a form and follows no redirect. No connection is kept: this happens once an hour. */
export const postForm: TokenPost = async (url, body) => {
  const prober = createProber();
  try {
    const answer = await prober.probe({
      url,
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    if (typeof answer === 'string') throw new Error(`no answer of ${new URL(url).host}: ${answer}`);
    return answer;
  } finally {
    await prober.close();
  }
};
