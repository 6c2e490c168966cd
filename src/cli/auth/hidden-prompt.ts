import type { ReadStream } from 'node:tty';
import { StringDecoder } from 'node:string_decoder';
import { Secret } from '../../std/secret.ts';

/** No key is longer; what is pasted by mistake is. */
const MOST_CHARACTERS = 16_384;

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const BACKSPACE = ['\u0008', '\u007f'];
/** What terminals put around a pasted text when a program before this one asked for it. */
const PASTE_MARKS = ['\u001b[200~', '\u001b[201~'];

/**
 * Asks for a secret on the terminal. Nothing of what is typed is shown, not even how much. Enter ends it, Backspace and
 * Ctrl-U correct it; `null`: Ctrl-C or Ctrl-D. The terminal is as before however it ends.
 */
export async function askHidden(question: string, input: ReadStream, output: NodeJS.WritableStream) {
  // First nothing is shown any more: people begin to paste as soon as they are asked.
  input.setRawMode(true);
  input.resume();
  output.write(question);
  try {
    return await readLine(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
}

function readLine(input: ReadStream): Promise<Secret | null> {
  const decoder = new StringDecoder('utf8');
  let typed = '';
  return new Promise((resolve) => {
    const settle = (secret: Secret | null): void => {
      input.removeListener('data', read);
      input.removeListener('end', end);
      resolve(secret);
    };
    const end = (): void => settle(null);
    const read = (chunk: Buffer): void => {
      for (const character of withoutMarks(decoder.write(chunk))) {
        if (character === '\r' || character === '\n') {
          settle(new Secret(typed));
          return;
        }
        if (character === CTRL_C || character === CTRL_D) {
          settle(null);
          return;
        }
        if (character === CTRL_U) typed = '';
        else if (BACKSPACE.includes(character)) typed = withoutLast(typed);
        else if (typed.length < MOST_CHARACTERS) typed += character;
      }
    };
    input.on('data', read);
    input.once('end', end);
  });
}

function withoutMarks(text: string): string {
  return PASTE_MARKS.reduce((rest, mark) => rest.replaceAll(mark, ''), text);
}

/** A character beyond the first 65,536 takes two places. */
function withoutLast(text: string): string {
  return text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]$|.$/s, '');
}
