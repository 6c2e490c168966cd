import type {
  ResponseFunctionCallOutputItem,
  ResponseInputFileContent,
  ResponseInputImageContent,
} from 'openai/resources/responses/responses';
import { placeOf } from '../../canonical/part-places.ts';
import type { FilePart, ImagePart, MediaSource, ResultPart, UserPart } from '../../canonical/parts.ts';
import type { ChatQuirks } from '../../canonical/quirks.ts';
import type { ToolResult } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import { dataUri } from '../data-uri.ts';
import { unsupported } from '../fields.ts';
import { checkImageType } from '../image-types.ts';

/** A part of a user's message or of a result: the form in which `detail` may be left out. */
export type InputPart = ResponseFunctionCallOutputItem;

const DETAILS = ['low', 'high', 'auto', 'original'] as const;

/** What a user says. Throws the 400 for what cannot be said here. */
export function encodeUserContent(parts: readonly UserPart[], quirks: ChatQuirks, path: string): InputPart[] {
  return parts.flatMap((part, index) => partOf(part, quirks, `${path}.content[${index}]`));
}

/** What a tool gave: its text, or the parts where it gave more than a text. */
export function encodeResultContent(result: ToolResult, quirks: ChatQuirks, path: string): string | InputPart[] {
  const { content } = result;
  const [first, ...more] = content.map((part) => (result.isError === true ? markedAsError(part) : part));
  if (first === undefined) return '';
  if (first.type === 'text' && more.length === 0) return first.text;
  return [first, ...more].flatMap((part, index) => partOf(part, quirks, `${path}.content[${index}]`));
}

/** There is no field that says so: the text does. */
function markedAsError(part: ResultPart): ResultPart {
  return part.type !== 'text' || /^\W*error/i.test(part.text) ? part : { ...part, text: `Error: ${part.text}` };
}

function partOf(part: UserPart, quirks: ChatQuirks, at: string): InputPart[] {
  const path = placeOf(part, at);
  switch (part.type) {
    case 'text':
      return [{ type: 'input_text', text: part.text }];
    case 'image':
      return [imageOf(part, quirks, path)];
    case 'file':
      return [fileOf(part, quirks, path)];
    case 'audio':
      return unsupported(path, 'is audio, which the model behind this API does not hear');
    case 'video':
      return unsupported(path, 'is a video, which the model behind this API does not see');
    case 'foreign':
      return [];
    default:
      return unreachable(part);
  }
}

export function imageOf(part: ImagePart, quirks: ChatQuirks, path: string): ResponseInputImageContent {
  if (quirks.images === 'none') unsupported(path, 'is an image, which this upstream does not take');
  const detail = DETAILS.find((known) => known === part.detail);
  return {
    type: 'input_image',
    ...imageSource(part.source, quirks, path),
    ...(detail === undefined ? {} : { detail }),
  };
}

function imageSource(
  source: MediaSource,
  quirks: ChatQuirks,
  path: string,
): Pick<ResponseInputImageContent, 'image_url' | 'file_id'> {
  switch (source.kind) {
    case 'base64':
      checkImageType(source.mediaType, path);
      return { image_url: dataUri(source.mediaType, source.data) };
    case 'url':
      if (quirks.images === 'inline')
        unsupported(path, 'is an image by its address, which this upstream does not fetch');
      return { image_url: source.url };
    case 'uploaded':
      return { file_id: uploadedHere(source, path) };
    case 'text':
      return unsupported(path, 'is no image');
    default:
      return unreachable(source);
  }
}

function fileOf(part: FilePart, quirks: ChatQuirks, path: string): InputPart {
  const { source, filename } = part;
  if (source.kind === 'text') {
    return { type: 'input_text', text: filename === null ? source.text : `${filename}:\n${source.text}` };
  }
  if (!quirks.files) unsupported(path, 'is a file, which this upstream does not take');
  const named = filename === null ? {} : { filename };
  switch (source.kind) {
    case 'base64':
      return withBytes(source.mediaType, source.data, filename);
    case 'url':
      return { type: 'input_file', ...named, file_url: source.url };
    case 'uploaded':
      return { type: 'input_file', ...named, file_id: uploadedHere(source, path) };
    default:
      return unreachable(source);
  }
}

/** OpenAI tells what the bytes are by the name, and wants one. */
function withBytes(mediaType: string, data: string, filename: string | null): ResponseInputFileContent {
  const ending = /^[a-z]+\/([a-z0-9]{1,8})$/.exec(mediaType)?.[1] ?? 'bin';
  const name = filename ?? `document.${ending === 'plain' ? 'txt' : ending}`;
  return { type: 'input_file', filename: name, file_data: dataUri(mediaType, data) };
}

function uploadedHere(source: Extract<MediaSource, { kind: 'uploaded' }>, path: string): string {
  if (source.origin === 'openai-responses') return source.id;
  return unsupported(path, 'is a file that was uploaded to another provider');
}
