import type { AnswerEvent } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import type { DecodeContext } from '../dialect.ts';
import { ThinkTags } from '../think-tags.ts';
import { COMMON_NAMES, toolNamesFor } from '../tool-names.ts';
import { BlockReader } from './block-reader.ts';
import { CustomToolReader } from './custom-tools.ts';
import { JsonToolReader, jsonToolName } from './json-tool.ts';
import { readFinish } from './stop-reasons.ts';
import { UsageReader } from './usage.ts';

/**
 * Makes events of an answer, in the words of its stream. A whole answer is read with the same: it starts, its blocks
 * come one by one, each with all that is in it, and it stops.
 */
export class MessageReader {
  readonly #blocks: BlockReader;
  readonly #usage = new UsageReader();
  readonly #stages: readonly { take: (event: AnswerEvent) => readonly AnswerEvent[] }[];
  #hasStarted = false;
  /** `stop_reason` and what stands beside it; `null`: not told yet. */
  #stop: JsonObject | null = null;
  #isFinished = false;

  constructor({ request, quirks }: DecodeContext) {
    const names = toolNamesFor(request, COMMON_NAMES);
    const custom = new Set(request.tools.filter(({ kind }) => kind === 'custom').map(({ name }) => name));
    this.#blocks = new BlockReader((sent) => {
      const name = names.original(sent);
      return { name, kind: custom.has(name) ? 'custom' : 'function' };
    });
    const jsonName = jsonToolName(request);
    this.#stages = [
      ...(jsonName === null ? [] : [new JsonToolReader(jsonName)]),
      ...(custom.size === 0 ? [] : [new CustomToolReader()]),
      ...(quirks.thinkTags ? [new ThinkTags()] : []),
    ];
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Some begin twice (recorded); the second beginning says nothing but its usage. */
  start(message: unknown): readonly AnswerEvent[] {
    const said = isObject(message) ? message : {};
    return [...this.#started(said), ...this.#usageEvent(said['usage'])];
  }

  blockStart(index: number, block: JsonObject): readonly AnswerEvent[] {
    return this.#content(this.#blocks.start(index, block));
  }

  blockDelta(index: number, delta: JsonObject): readonly AnswerEvent[] {
    return this.#content(this.#blocks.delta(index, delta));
  }

  blockStop(index: number): readonly AnswerEvent[] {
    return this.#content(this.#blocks.stop(index));
  }

  /** `message_delta`: how the answer ends, and its usage up to there. */
  delta(delta: unknown, usage: unknown): readonly AnswerEvent[] {
    if (isObject(delta) && typeof delta['stop_reason'] === 'string') this.#stop = delta;
    return [...this.#started({}), ...this.#usageEvent(usage)];
  }

  /** `message_stop`, which is an end also where nobody said why. */
  stop(): readonly AnswerEvent[] {
    if (this.#isFinished) return [];
    const rest = [...this.#started({}), ...this.#content(this.#blocks.stopAll())];
    this.#isFinished = true;
    const finish = readFinish(this.#stop ?? {}, this.#blocks.hasCalls);
    return [...rest, ...this.#staged([{ type: 'finish', finish }])];
  }

  /** The end of the bytes: a stop reason is an end too, where `message_stop` is missing. `null`: there was none. */
  end(): readonly AnswerEvent[] | null {
    if (this.#isFinished) return [];
    return this.#stop === null ? null : this.stop();
  }

  #content(events: readonly AnswerEvent[]): readonly AnswerEvent[] {
    if (this.#isFinished || events.length === 0) return [];
    const staged = this.#staged(events);
    return this.#hasStarted ? staged : [...this.#started({}), ...staged];
  }

  #started(said: JsonObject): readonly AnswerEvent[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    return [{ type: 'start', id: textOrNull(said['id']), model: textOrNull(said['model']) }];
  }

  #usageEvent(said: unknown): readonly AnswerEvent[] {
    const usage = this.#usage.take(said);
    return usage === null ? [] : [{ type: 'usage', usage }];
  }

  #staged(events: readonly AnswerEvent[]): readonly AnswerEvent[] {
    return this.#stages.reduce((rest, stage) => rest.flatMap((event) => stage.take(event)), events);
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
