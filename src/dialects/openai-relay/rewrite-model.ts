import { skipSpace } from '../../std/json-members.ts';
import type { RelayHead } from './relay-head.ts';

const CLOSE_BRACE = 0x7d;

/** The client's bytes with another model; a model that was not named is added where it is another than the default. */
export function withModel(head: RelayHead, model: string): Buffer {
  if (model === head.model) return head.bytes;
  const { bytes, form, modelSpan, closingBrace } = head;
  if (form === 'multipart') {
    // It would end the field, and what follows it would be read as part of the form.
    if (/[\r\n]/.test(model)) throw new Error('the name of a model has a line end in it');
    return replaced(bytes, modelSpan?.start ?? 0, modelSpan?.end ?? 0, model);
  }
  const name = JSON.stringify(model);
  if (modelSpan !== null) return replaced(bytes, modelSpan.start, modelSpan.end, name);
  const open = skipSpace(bytes, 0);
  const isEmpty = bytes[skipSpace(bytes, open + 1)] === CLOSE_BRACE;
  return replaced(bytes, closingBrace, closingBrace, `${isEmpty ? '' : ','}"model":${name}`);
}

function replaced(bytes: Buffer, start: number, end: number, text: string): Buffer {
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(text), bytes.subarray(end)]);
}
