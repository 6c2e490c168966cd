/** One step of the file's format. Steps are numbered from 1 without gaps, and never changed once released. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}
