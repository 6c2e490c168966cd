/** What the provider would not take: 400, and a line in the table. */
export class Refusal extends Error {}

export function refuse(isWrong, message) {
  if (isWrong) throw new Refusal(message);
}

/** JSON within JSON, as arguments of a call are. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal(`arguments that are no JSON: ${text}`, { cause });
  }
}
