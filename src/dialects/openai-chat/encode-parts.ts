import type { ChatCompletionContentPart, ChatCompletionContentPartText } from 'openai/resources/chat/completions';
import { placeOf } from '../../canonical/part-places.ts';
import type { AudioPart, FilePart, ImagePart, JsonObject, MediaSource } from '../../canonical/parts.ts';
import type { TextPart, UserPart, VideoPart } from '../../canonical/parts.ts';
import type { ToolResult } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import { dataUri } from '../data-uri.ts';
import type { EncodeTarget } from '../dialect.ts';
import { unsupported } from '../fields.ts';
import { checkImageType } from '../image-types.ts';
import { openAiModel } from '../openai-models.ts';
import { cacheControl } from './encode-tools.ts';

type ContentPart = ChatCompletionContentPart;

/** Texts alone: one string, which every server takes, or parts where a cache mark stands on one of them. */
export function encodeTexts(
  parts: readonly TextPart[],
  target: EncodeTarget,
): string | ChatCompletionContentPartText[] {
  const isMarked = target.quirks.cacheMarks && parts.some(({ cache }) => cache !== null);
  if (!isMarked) return parts.map(({ text }) => text).join('\n\n');
  return parts.map((part) => encodeText(part, target));
}

function encodeText({ text, cache }: TextPart, target: EncodeTarget): ChatCompletionContentPartText {
  return { type: 'text', text, ...cacheControl(cache, target) };
}

export function encodeUserPart(part: UserPart, at: string, target: EncodeTarget): ContentPart[] {
  const path = placeOf(part, at);
  switch (part.type) {
    case 'text':
      return [encodeText(part, target)];
    case 'image':
      return [encodeImage(part, path, target)];
    case 'file':
      return [encodeFile(part, path, target)];
    case 'audio':
      return [encodeAudio(part, path, target)];
    case 'video':
      return [encodeVideo(part, path)];
    case 'foreign':
      // A part of this dialect that the SDK's types do not know; those of others are left out.
      return part.origin === 'openai-chat' ? [part.value as unknown as ContentPart] : [];
    default:
      return unreachable(part);
  }
}

/** The text of a result, and what of it cannot stand in a tool's message. */
export function encodeResult(
  result: ToolResult,
  path: string,
  target: EncodeTarget,
): { readonly content: string | ChatCompletionContentPartText[]; readonly shown: readonly ContentPart[] } {
  const texts = result.content.filter((part) => part.type === 'text');
  const others = result.content.flatMap((part, index) =>
    part.type === 'text' ? [] : encodeUserPart(part, `${path}.content[${index}]`, target),
  );
  const marked = texts.map((part, index) => (index === texts.length - 1 ? withMark(part, result) : part));
  return { content: encodeTexts(result.isError === true ? asError(marked) : marked, target), shown: others };
}

function withMark(part: TextPart, { cache }: ToolResult): TextPart {
  return part.cache === null ? { ...part, cache } : part;
}

/** A tool's message cannot say that it is an error but in words. */
function asError(texts: readonly TextPart[]): readonly TextPart[] {
  const [first, ...others] = texts;
  if (first === undefined) return [{ type: 'text', text: 'Error', cache: null, state: null }];
  if (/^\W{0,2}error/i.test(first.text)) return texts;
  return [{ ...first, text: `Error: ${first.text}` }, ...others];
}

function encodeImage(part: ImagePart, path: string, target: EncodeTarget): ContentPart {
  const { quirks, model } = target;
  if (quirks.images === 'none') return unsupported(path, `is an image, which ${model} cannot be given`);
  const url = imageUrl(part.source, path, target);
  const detail = part.detail as 'auto' | 'low' | 'high' | null;
  return {
    type: 'image_url',
    image_url: { url, ...(detail === null ? {} : { detail }) },
    ...cacheControl(part.cache, target),
  };
}

/** Model servers read what their image library reads; a drawing in SVG is a text to all of them. */
const OF_SERVERS = ['bmp', 'x-ms-bmp', 'tiff', 'avif', 'heic', 'heif'];

function imageUrl(source: MediaSource, path: string, { quirks, model }: EncodeTarget): string {
  switch (source.kind) {
    case 'base64':
      checkImageType(source.mediaType, path, openAiModel(model).kind === 'unknown' ? OF_SERVERS : []);
      return dataUri(source.mediaType, source.data);
    case 'url':
      return quirks.images === 'url' ? source.url : unsupported(path, 'must be given as bytes, not by its address');
    case 'uploaded':
      return unsupported(path, 'is a file that was uploaded to a provider; give the image itself');
    case 'text':
      return unsupported(path, 'is text where an image is meant');
    default:
      return unreachable(source);
  }
}

/** A document that is text can be told to every model. */
function encodeFile(part: FilePart, path: string, target: EncodeTarget): ContentPart {
  const { source, filename } = part;
  const text = textIn(source);
  if (text !== null && (!target.quirks.files || source.kind === 'text')) {
    const title = filename === null ? '' : `${filename}\n`;
    return encodeText(
      { type: 'text', text: `<document>\n${title}${text}\n</document>`, cache: part.cache, state: null },
      target,
    );
  }
  if (!target.quirks.files) return unsupported(path, `is a file, which ${target.model} cannot be given`);
  return { type: 'file', file: fileOf(source, filename, path), ...cacheControl(part.cache, target) };
}

function textIn(source: MediaSource): string | null {
  if (source.kind === 'text') return source.text;
  if (source.kind !== 'base64' || !source.mediaType.startsWith('text/')) return null;
  return Buffer.from(source.data, 'base64').toString('utf8');
}

function fileOf(source: MediaSource, filename: string | null, path: string): ChatCompletionContentPart.File['file'] {
  if (source.kind === 'base64') {
    return { filename: filename ?? 'document.pdf', file_data: dataUri(source.mediaType, source.data) };
  }
  // Files that were uploaded to OpenAI are the same for both of its dialects.
  const isOwn = source.kind === 'uploaded' && (source.origin === 'openai-chat' || source.origin === 'openai-responses');
  if (isOwn) return { file_id: source.id };
  return unsupported(path, 'must be given as bytes');
}

const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
};

function encodeAudio({ source, cache }: AudioPart, path: string, target: EncodeTarget): ContentPart {
  if (!target.quirks.audio) return unsupported(path, `is sound, which ${target.model} cannot be given`);
  if (source.kind !== 'base64') return unsupported(path, 'must be given as bytes');
  const format = AUDIO_FORMATS[source.mediaType] ?? source.mediaType.replace(/^audio\//, '');
  // OpenAI knows two formats, others know more.
  const audio = { data: source.data, format: format as 'wav' | 'mp3' };
  return { type: 'input_audio', input_audio: audio, ...cacheControl(cache, target) };
}

/** vLLM's and Alibaba's part; OpenAI has none. */
function encodeVideo({ source }: VideoPart, path: string): ContentPart {
  const url =
    source.kind === 'base64' ? dataUri(source.mediaType, source.data) : source.kind === 'url' ? source.url : null;
  if (url === null) return unsupported(path, 'must be given as bytes or by its address');
  const part: JsonObject = { type: 'video_url', video_url: { url } };
  return part as unknown as ContentPart;
}
