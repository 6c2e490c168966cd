/** An id or a model's name goes into every row of the ledger: one that is longer is cut. */
const ID_CHARACTERS = 256;

export function cutId(id: string): string {
  return id.slice(0, ID_CHARACTERS);
}
