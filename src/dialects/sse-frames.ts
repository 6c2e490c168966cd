import { SseBlocks } from '../std/sse-blocks.ts';

/** An event larger than this is refused: nothing that a model says in one piece is. */
export const MAX_EVENT_BYTES = 8 * 1024 * 1024;
const BYTE_ORDER_MARK = 0xfeff;

/** One server-sent event. */
export interface SseFrame {
  /** The `event:` field; `null`: none. */
  readonly event: string | null;
  readonly data: string;
}

/** Cuts the bytes of a stream into server-sent events. Comments, and events without data, are none. */
export class SseFrames {
  readonly #blocks = new SseBlocks(MAX_EVENT_BYTES);

  /** `false`: an event grew over the limit. */
  push(chunk: Buffer, onFrame: (frame: SseFrame) => void): boolean {
    return this.#blocks.push(chunk, (block) => {
      const frame = frameOf(block);
      if (frame !== null) onFrame(frame);
    });
  }

  /** The last event where the blank line behind it is missing; it may be half of one. */
  rest(): SseFrame | null {
    const rest = this.#blocks.rest();
    return rest === null ? null : frameOf(rest);
  }
}

function frameOf(block: Buffer): SseFrame | null {
  const text = block.toString('utf8');
  let event: string | null = null;
  let data: string | null = null;
  const lines = (text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text).split(/\r\n|\r|\n/);
  for (const line of lines) {
    if (line.startsWith('data:')) {
      const value = valueOf(line, 5);
      data = data === null ? value : `${data}\n${value}`;
    } else if (line.startsWith('event:')) event = valueOf(line, 6);
  }
  return data === null ? null : { event, data };
}

function valueOf(line: string, from: number): string {
  return line.slice(line.charCodeAt(from) === 0x20 ? from + 1 : from);
}
