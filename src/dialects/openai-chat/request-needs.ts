import type { RequestNeeds } from '../../canonical/request-needs.ts';
import { keyText, skipSpace, visitMembers } from '../../std/json-members.ts';
import type { RequestHead } from '../request-head.ts';

const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** English text; other scripts and code take more tokens for a byte, which is what a guess is allowed to miss. */
const BYTES_PER_TOKEN = 4;
/** What an image takes, at a guess; its bytes say nothing about it. */
const TOKENS_PER_IMAGE = 1000;
/** What an answer takes of the context where the request does not say. */
const ANSWER_TOKENS = 512;
/** The type of an image part, as a text of its own: inside of another its quotes would be escaped. */
const IMAGE_PART = '"image_url"';
/** Where the bytes of an image begin that a part holds itself. */
const INLINE_IMAGE = '"data:image/';

/** What a request asks of the model that answers it. Scans the body without building anything of it. */
export function needsOf(request: RequestHead, task: RequestNeeds['task']): RequestNeeds {
  const { bytes } = request;
  const seen = { tools: false, images: 0, textBytes: 0 };
  let [limit, olderLimit] = [null as number | null, null as number | null];
  visitMembers(bytes, 0, (keyStart, keyEnd, start, end) => {
    switch (keyText(bytes, keyStart, keyEnd)) {
      case 'tools':
      case 'functions':
        seen.tools ||= isFilledList(bytes, start);
        seen.textBytes += end - start;
        return;
      case 'messages': {
        const { images, imageBytes } = imagesIn(bytes.subarray(start, end));
        seen.images += images;
        seen.textBytes += end - start - imageBytes;
        return;
      }
      case 'prompt':
      case 'input':
        seen.textBytes += end - start;
        return;
      case 'max_completion_tokens':
        limit = countIn(bytes, start, end);
        return;
      case 'max_tokens':
        olderLimit = countIn(bytes, start, end);
        return;
      default:
    }
  });
  const input = Math.ceil(seen.textBytes / BYTES_PER_TOKEN) + seen.images * TOKENS_PER_IMAGE;
  const answer = task === 'embedding' ? 0 : (limit ?? olderLimit ?? ANSWER_TOKENS);
  return { task, tools: seen.tools, vision: seen.images > 0, contextTokens: input + answer, answerTokens: answer };
}

/**
 * The most tokens that the answer may have by the request, all that is written for it together: the larger of
 * `max_completion_tokens` and `max_tokens`, since there are providers that read only the one or the other. `null`: the
 * request sets no limit.
 */
export function maxOutputTokensOf({ bytes, writtenCount }: RequestHead): number | null {
  let each = null as number | null;
  visitMembers(bytes, 0, (keyStart, keyEnd, start, end) => {
    const length = keyEnd - keyStart;
    // Neither key is shorter, and only with escapes longer.
    if (length < 10 || length > 126) return;
    const key = keyText(bytes, keyStart, keyEnd);
    if (key !== 'max_completion_tokens' && key !== 'max_tokens') return;
    const limit = countIn(bytes, start, end);
    if (limit !== null) each = Math.max(each ?? 0, limit);
  });
  return each === null ? null : each * writtenCount;
}

function isFilledList(bytes: Buffer, start: number): boolean {
  return bytes[start] === OPEN_BRACKET && bytes[skipSpace(bytes, start + 1)] !== CLOSE_BRACKET;
}

/** A whole number that is not negative; whether it is one that the model takes is for the upstream to say. */
function countIn(bytes: Buffer, start: number, end: number): number | null {
  const value = Number(bytes.toString('latin1', start, end));
  return Number.isSafeInteger(value) && value >= 0 && end > start ? value : null;
}

/** How many image parts there are, and how many bytes of them are the images' own. */
function imagesIn(messages: Buffer): { images: number; imageBytes: number } {
  const found = { images: 0, imageBytes: 0 };
  // A part says the word twice, as its type and as the key of the address.
  for (let at = messages.indexOf(IMAGE_PART); at >= 0; at = messages.indexOf(IMAGE_PART, at + IMAGE_PART.length)) {
    found.images += 0.5;
  }
  if (found.images === 0) return found;
  for (let at = messages.indexOf(INLINE_IMAGE); at >= 0; at = messages.indexOf(INLINE_IMAGE, at + 1)) {
    const end = messages.indexOf('"', at + 1);
    found.imageBytes += (end < 0 ? messages.length : end) - at;
  }
  return { ...found, images: Math.ceil(found.images) };
}
