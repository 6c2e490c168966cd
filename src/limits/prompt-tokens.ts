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
/** A shorter text that looks like base64 may be a word. */
const MIN_PAYLOAD_BYTES = 256;
/** The media type of a data URL is not longer. */
const MAX_MEDIA_TYPE_BYTES = 128;
const BACKSLASH = 0x5c;

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
  const image = Math.max(inline.images, linkedImages(bytes)) * TOKENS_PER_IMAGE;
  const payload = Math.ceil(inline.otherBytes / PAYLOAD_BYTES_PER_TOKEN);
  const text = Math.ceil((bytes.length - inline.imageBytes - inline.otherBytes) / BYTES_PER_TOKEN);
  return { total: TOKENS_OF_FRAME + text + image + payload, image, payload };
}

interface InlinePayloads {
  images: number;
  imageBytes: number;
  otherBytes: number;
}

function inlinePayloads(bytes: Buffer): InlinePayloads {
  const found: InlinePayloads = { images: 0, imageBytes: 0, otherBytes: 0 };
  for (let at = bytes.indexOf(';base64,'); at >= 0; at = bytes.indexOf(';base64,', at + 1)) {
    const opening = bytes.lastIndexOf('"', at);
    if (opening < 0 || at - opening > MAX_MEDIA_TYPE_BYTES || !beginsText(bytes, opening, 'data:')) continue;
    const length = endOfText(bytes, at) - opening;
    if (beginsText(bytes, opening, 'data:image/')) {
      found.images++;
      found.imageBytes += length;
    } else found.otherBytes += length;
  }
  // Audio stands in a member of its own: `"input_audio": {"data": "…"}`. Within a text its quotes would be escaped.
  for (let at = bytes.indexOf('"data"'); at >= 0; at = bytes.indexOf('"data"', at + 1)) {
    found.otherBytes += base64Value(bytes, at + '"data"'.length);
  }
  return found;
}

/** Images by their address. A part says the word twice: as its type, and as the key of the address. */
function linkedImages(bytes: Buffer): number {
  let words = 0;
  for (let at = bytes.indexOf('"image_url"'); at >= 0; at = bytes.indexOf('"image_url"', at + 1)) words++;
  return Math.ceil(words / 2);
}

/** The length of the text in base64 that a member has whose key ends here; 0: it has something else. */
function base64Value(bytes: Buffer, afterKey: number): number {
  // Only the beginning is read: where the value begins, and whether it is base64.
  const match = /^\s*:\s*"/.exec(bytes.toString('latin1', afterKey, afterKey + 64));
  if (match === null) return 0;
  const start = afterKey + match[0].length;
  const looks = /^[A-Za-z0-9+/\\=_-]+$/.test(bytes.toString('latin1', start, start + MIN_PAYLOAD_BYTES));
  const length = looks ? endOfText(bytes, start) - start : 0;
  return length >= MIN_PAYLOAD_BYTES ? length : 0;
}

/** Base64 holds no quote and none that is escaped. */
function endOfText(bytes: Buffer, from: number): number {
  const end = bytes.indexOf('"', from);
  return end < 0 ? bytes.length : end;
}

/** Whether a text begins at this quote, and so. A quote within another text is escaped. */
function beginsText(bytes: Buffer, quote: number, text: string): boolean {
  return bytes[quote - 1] !== BACKSLASH && bytes.toString('latin1', quote + 1, quote + 1 + text.length) === text;
}
