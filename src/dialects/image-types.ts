import { unsupported } from './fields.ts';

/** What OpenAI's models look at (its guide to images and vision), and what nearly all others do. */
const COMMON: ReadonlySet<string> = new Set(['jpeg', 'jpg', 'pjpeg', 'png', 'x-png', 'gif', 'webp']);

/** Throws the 400 for an image of a type that the upstream would refuse. `also`: further types: `heic`. */
export function checkImageType(mediaType: string, path: string, also: readonly string[] = []): void {
  const type = mediaType.toLowerCase().replace(/^image\//, '');
  if (COMMON.has(type) || also.includes(type)) return;
  unsupported(path, `is ${mediaType}, which the upstream does not read; JPEG, PNG, GIF and WebP it does`);
}
