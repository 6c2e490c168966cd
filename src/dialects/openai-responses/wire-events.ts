import type { ResponseStreamEvent } from 'openai/resources/responses/responses';

type Unnumbered<Event> = Event extends unknown ? Omit<Event, 'sequence_number'> : never;

/** An event of a stream before it has its number, as the SDK's types have it. */
export type WireEvent = Unnumbered<ResponseStreamEvent>;

/** Where an item stands, and where its events go. */
export interface Place {
  readonly id: string;
  /** In the output. */
  readonly index: number;
  readonly write: (event: WireEvent) => void;
}
