import { endOfString, skipSpace } from '../std/json-members.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** The media type of a data URL is not longer. */
const MAX_PREFIX_BYTES = 128;
/** A shorter text that looks like base64 may be a word. */
const MIN_RAW_BYTES = 256;
/** Letters of base64 and of its form for addresses. */
const IS_BASE64 = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[A-Za-z0-9+/=_-]/.test(String.fromCharCode(byte))),
);
/** Without one of them a body has neither images nor base64. */
const TELL_TALES = ['_url"', '"input_audio"', '"file_data"'];

/**
 * Members of a content part of OpenAI's chat format that hold base64, and the member of theirs that it stands in.
 * `image_url`, `input_audio` and `file` are OpenAI's, `video_url` and `audio_url` those of vLLM and OpenRouter. Where
 * the value may be an address it is base64 only as a data URL; audio is bare base64, files are sent in both ways.
 */
const HOLDERS: Readonly<Record<string, { readonly member: string; readonly isAddress: boolean }>> = {
  image_url: { member: 'url', isAddress: true },
  video_url: { member: 'url', isAddress: true },
  audio_url: { member: 'url', isAddress: true },
  input_audio: { member: 'data', isAddress: false },
  file: { member: 'file_data', isAddress: false },
};
/** A text in base64 has as many tokens as it has in letters: it is counted as one. */
const IS_TEXT = /^(text\/|application\/(json|xml|yaml|csv)\b)/;
/** Keys that matter are not longer. */
const MAX_KEY_BYTES = 11;
/** What is open where a content part is: the body, `messages`, a message, `content`, the part. */
const DEPTH_OF_PART = 5;

/** The key of each object and list that is open; `null`: it has none that matters. */
type OpenKeys = readonly (string | null)[];

/** What a body holds beside text. */
export interface InlinePayloads {
  /** By their address or in base64. */
  readonly images: number;
  /** Bytes of the body that are images in base64. */
  readonly imageBytes: number;
  /** The same for audio, video and documents. */
  readonly otherBytes: number;
}

/**
 * Finds what the content parts of a chat request hold in base64. Everything that is not wholly so, or stands anywhere
 * else, is text: a prompt that only begins like an image, a data URL within a text, the schema of a tool. Each byte is
 * looked at a fixed number of times at most.
 */
export function inlinePayloads(bytes: Buffer): InlinePayloads {
  const found = { images: 0, imageBytes: 0, otherBytes: 0 };
  if (!TELL_TALES.some((text) => bytes.includes(text))) return found;
  const open: (string | null)[] = [];
  let key: string | null = null;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      open.push(key);
      key = null;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      open.pop();
    } else if (byte === QUOTE) {
      const end = endOfString(bytes, at);
      if (end < 0) break;
      const next = skipSpace(bytes, end);
      if (bytes[next] === COLON) {
        key = end - at - 2 > MAX_KEY_BYTES ? null : bytes.toString('latin1', at + 1, end - 1);
        if (key === 'image_url' && isPart(open)) found.images++;
        at = next;
      } else {
        const holder = holderOf(key, open);
        if (holder !== null) addPayload(found, bytes, at + 1, end - 1, holder);
        key = null;
        at = end - 1;
      }
    }
  }
  return found;
}

/** Whether what is open is a content part, or `below` levels further in. */
function isPart(open: OpenKeys, below = 0): boolean {
  return open.length === DEPTH_OF_PART + below && open[1] === 'messages' && open[3] === 'content';
}

/** The member of a part that a text belongs to: as its value, or as what its value has for it. `null`: to none. */
function holderOf(key: string | null, open: OpenKeys): string | null {
  if (key === null) return null;
  if (isPart(open)) return HOLDERS[key]?.isAddress === true ? key : null;
  const holder = isPart(open, 1) ? (open[DEPTH_OF_PART] ?? null) : null;
  return holder !== null && HOLDERS[holder]?.member === key ? holder : null;
}

function addPayload(
  found: { -readonly [Name in keyof InlinePayloads]: number },
  bytes: Buffer,
  start: number,
  end: number,
  holder: string,
): void {
  const beginning = bytes.toString('latin1', start, Math.min(end, start + MAX_PREFIX_BYTES));
  const prefix = /^data:([^,]*);base64,/.exec(beginning);
  if (prefix === null && (HOLDERS[holder]?.isAddress !== false || end - start < MIN_RAW_BYTES)) return;
  if (!isBase64(bytes, start + (prefix?.[0].length ?? 0), end)) return;
  const type = prefix?.[1] ?? '';
  if (IS_TEXT.test(type)) return;
  if (type.startsWith('image/')) {
    found.imageBytes += end - start;
    if (holder !== 'image_url') found.images++;
  } else found.otherBytes += end - start;
}

function isBase64(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    // Some encoders write a slash as `\/`.
    if (IS_BASE64[byte] === 0 && !(byte === BACKSLASH && bytes[at + 1] === SLASH)) return false;
  }
  return true;
}
