import type { CitationsWebSearchResultLocation, TextCitation } from '@anthropic-ai/sdk/resources/messages';
import type { Citation } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { ORIGIN } from './states.ts';

/** The positions that Anthropic tells are those in the source, not in the text that cites it. */
export function readCitation(value: JsonObject): Citation {
  const text = (key: string): string | null => (typeof value[key] === 'string' ? value[key] : null);
  return {
    url: text('url') ?? addressIn(text('source')),
    title: text('title') ?? text('document_title'),
    citedText: text('cited_text'),
    start: null,
    end: null,
    raw: { origin: ORIGIN, value },
  };
}

/** A search result's source is an address, or any name that the client gave it. */
function addressIn(source: string | null): string | null {
  return source !== null && /^https?:/i.test(source) ? source : null;
}

/** As it came from this dialect; one of another that names a page as if a search had found it. Others: none. */
export function writeCitation({ raw, url, title, citedText }: Citation): TextCitation | null {
  if (raw.origin === ORIGIN) return raw.value as unknown as TextCitation;
  if (url === null) return null;
  return {
    type: 'web_search_result_location',
    url,
    title,
    cited_text: citedText ?? '',
    encrypted_index: '',
  } satisfies CitationsWebSearchResultLocation;
}
