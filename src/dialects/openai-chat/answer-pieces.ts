import type { AnswerEvent, Finish } from '../../canonical/answer.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import type { DecodeContext } from '../dialect.ts';
import { ThinkTags } from '../think-tags.ts';
import { CallPieces } from './call-pieces.ts';
import { endedInError, errorInBody } from './errors.ts';
import { endingOf } from './finish-reasons.ts';
import { cutId } from './ids.ts';
import { eventsOfAnnotations, eventsOfContent, eventsOfImages } from './said-pieces.ts';
import { eventsOfLogprobs, eventsOfSources, refusalEvent } from './said-pieces.ts';
import { isBlankUsage, usageMember } from './stated-usage.ts';
import { objectsIn, ThoughtPieces } from './thought-pieces.ts';
import { usageFromOpenAi } from './usage.ts';

/**
 * Reads the objects of an answer: the chunks of a stream, or the one of a whole answer, whose `message` is a delta that
 * has everything in it. The end is told when nothing can follow it but usage: some servers say what it was, and go on.
 */
export class AnswerPieces {
  readonly #context: DecodeContext;
  readonly #calls: CallPieces;
  readonly #thoughts = new ThoughtPieces();
  readonly #tags: ThinkTags | null;
  #events: AnswerEvent[] = [];
  #id: string | null = null;
  #hasStarted = false;
  #isOver = false;
  /** `finish_reason` as it came last; `null`: it has not come. */
  #raw: string | null = null;
  #stopSequence: string | null = null;
  #sources: JsonObject | null = null;

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#calls = new CallPieces(context.request);
    this.#tags = context.quirks.thinkTags ? new ThinkTags() : null;
  }

  /** Whether the upstream has said that the answer is at its end. */
  get hasFinish(): boolean {
    return this.#raw !== null;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  take(object: JsonObject): readonly AnswerEvent[] {
    const error = this.#isOver ? null : errorInBody(object, this.#context.provider);
    if (error !== null) return this.fail(error);
    if (!this.#isOver) this.#takeContent(object);
    this.#takeUsage(object);
    return this.#taken();
  }

  /** The answer has come to its end as it should. */
  finish(): readonly AnswerEvent[] {
    if (this.#isOver) return [];
    this.#start({});
    this.#push(this.#thoughts.end());
    const ending = endingOf(this.#raw, !this.#calls.isEmpty);
    if (ending === 'failed') return this.fail(endedInError(this.#context.provider, this.#raw ?? ''));
    this.#push(this.#calls.end(this.#id));
    if (this.#sources !== null) this.#push(eventsOfSources(this.#sources));
    const finish: Finish = { reason: ending, raw: this.#raw, stopSequence: this.#stopSequence, detail: null };
    this.#push([{ type: 'finish', finish }]);
    this.#isOver = true;
    return this.#taken();
  }

  fail(error: GatewayError): readonly AnswerEvent[] {
    if (this.#isOver) return [];
    this.#push([{ type: 'error', error }]);
    this.#isOver = true;
    return this.#taken();
  }

  #takeContent(object: JsonObject): void {
    const choices = objectsIn(object['choices']);
    // Azure's first event has neither choices nor an id.
    if (choices.length > 0 || isText(object['id'])) this.#start(object);
    for (const choice of choices) {
      // Of several answers the first is taken: none but one is asked for.
      if (choice['index'] === 0 || typeof choice['index'] !== 'number') this.#takeChoice(choice);
    }
    if (object['search_results'] !== undefined || object['citations'] !== undefined) this.#sources = object;
  }

  #start({ id, model }: JsonObject): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#id = isText(id) ? cutId(id) : null;
    this.#push([{ type: 'start', id: this.#id, model: isText(model) ? cutId(model) : null }]);
  }

  #takeChoice(choice: JsonObject): void {
    const { delta, message, finish_reason: reason, stop_reason: sequence } = choice;
    if (isObject(delta)) this.#takeDelta(delta, false);
    else if (isObject(message)) this.#takeDelta(message, true);
    if (isObject(choice['logprobs'])) this.#push(eventsOfLogprobs(choice['logprobs']));
    if (isText(reason)) this.#raw = reason;
    // vLLM names the sequence that ended it here, or the number of a token.
    if (isText(sequence)) this.#stopSequence = sequence;
  }

  /** Most deltas have one member that says something: what is not there costs nothing. */
  #takeDelta(delta: JsonObject, isWhole: boolean): void {
    this.#push(this.#thoughts.take(delta));
    this.#say(eventsOfContent(delta['content']));
    if (isText(delta['refusal'])) this.#say(refusalEvent(delta['refusal']));
    if (isGiven(delta['images'])) this.#say(eventsOfImages(delta['images']));
    if (isGiven(delta['annotations'])) this.#say(eventsOfAnnotations(delta['annotations']));
    if (isObject(delta['audio'])) this.#say(eventsOfContent(delta['audio']['transcript']));
    if (isGiven(delta['tool_calls'])) {
      objectsIn(delta['tool_calls']).forEach((call, place) =>
        this.#say(this.#calls.take(call, isWhole ? place : null, this.#id)),
      );
    }
    if (isObject(delta['function_call'])) this.#say(this.#calls.takeLegacy(delta['function_call'], this.#id));
  }

  /** With what is said the thoughts before it are over. */
  #say(events: readonly AnswerEvent[]): void {
    if (events.length === 0) return;
    this.#push(this.#thoughts.end());
    this.#push(events);
  }

  #takeUsage(object: JsonObject): void {
    const stated = usageMember(object);
    if (stated === null || isBlankUsage(stated)) return;
    const usage = usageFromOpenAi(stated);
    if (usage !== null) this.#push([{ type: 'usage', usage }]);
  }

  #push(events: readonly AnswerEvent[]): void {
    for (const event of events) {
      if (this.#tags === null || this.#isOver) this.#events.push(event);
      else this.#events.push(...this.#tags.take(event));
    }
  }

  #taken(): readonly AnswerEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
