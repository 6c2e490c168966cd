/** Ends a switch over a union: the compiler refuses it while a member is unhandled. */
export function unreachable(value: never): never {
  throw new Error(`a case was not handled: ${JSON.stringify(value)}`);
}
