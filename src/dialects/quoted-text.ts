/** How much of an upstream's text is quoted when it is not an error that can be read. */
const QUOTED_CHARACTERS = 200;
/** How much of such a text is looked at: a page may be long, and begins with what it says. */
const READ_CHARACTERS = 4_096;

/** The words of a body that is no error anybody can read: a page of HTML, a line of text, nothing. */
export function quotedText(body: string): string {
  const words = body
    .slice(0, READ_CHARACTERS)
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, QUOTED_CHARACTERS);
  return words === '' ? 'no explanation (the body was empty)' : words;
}
