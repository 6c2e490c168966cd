/** An image in fewer bytes than this is an address that nobody has. */
const MOST_TOKENS_PER_BYTE = 25;
/** Text takes a token for three bytes, and what stands around a message has more of them than of tokens. */
const FEWEST_BYTES_PER_TOKEN = 2;
/** Without one of these no body of any dialect holds anything but text. */
const MEDIA_WORDS = [
  ...['image', 'images', 'image_url', 'input_image', 'document', 'file', 'input_file'],
  ...['input_audio', 'audio_url', 'video_url', 'inlineData', 'inline_data', 'fileData', 'file_data'],
];
/** Within a text the quotes are escaped: these are keys or values of their own. */
const MEDIA = new RegExp(`"(?:${MEDIA_WORDS.join('|')})"`);

/**
 * Whether a request surely takes no more tokens for its prompt than these, by any of the guesses that are made of it
 * here (`estimatePromptTokens`, `needsOf`). It is not read for that: `false` says nothing.
 */
export function surelyTakesAtMost(tokens: number, body: Buffer): boolean {
  if (body.length * MOST_TOKENS_PER_BYTE <= tokens) return true;
  return body.length <= tokens * FEWEST_BYTES_PER_TOKEN && !MEDIA.test(body.toString('latin1'));
}
