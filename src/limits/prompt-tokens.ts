import { inlinePayloads } from './inline-payloads.ts';

/**
 * A token holds two bytes or more of text as people write it: about 4 of English, 3 of code, 2 to 3 of Chinese. No
 * tokenizer makes more tokens than bytes, but one set aside for each would refuse requests that cost a quarter of it.
 * So it is no bound for what is nearly all digits or noise (1.0 to 1.7 bytes a token): such a prompt can pass a cap by
 * what it costs more than was set aside, once for each request in flight.
 */
const BYTES_PER_TOKEN = 2;
/** What providers put in front of a prompt that is not in the body: about 350 tokens at most for tools. */
const TOKENS_OF_FRAME = 512;
/** An image, however large its file: models scale it down. Most take 250 to 1,600 tokens, the finest about 5,000. */
const TOKENS_PER_IMAGE = 5_000;
/** Audio and documents in base64: tokens go by seconds and pages, which their bytes only hint at. */
const PAYLOAD_BYTES_PER_TOKEN = 16;

/** How many tokens a prompt may have, by class. */
export interface PromptTokens {
  readonly total: number;
  /** Of which of images, and of audio and documents. */
  readonly image: number;
  readonly payload: number;
}

/**
 * A bound for the tokens of a request's prompt, from its body alone: half its bytes, where images, audio and documents
 * that the body holds in base64 are not text. What these take, and what is only named by its address, is an assumption.
 */
export function promptTokensOf(body: Uint8Array): PromptTokens {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const inline = inlinePayloads(bytes);
  const image = inline.images * TOKENS_PER_IMAGE;
  const payload = Math.ceil(inline.otherBytes / PAYLOAD_BYTES_PER_TOKEN);
  const text = Math.ceil((bytes.length - inline.imageBytes - inline.otherBytes) / BYTES_PER_TOKEN);
  return { total: TOKENS_OF_FRAME + text + image + payload, image, payload };
}
