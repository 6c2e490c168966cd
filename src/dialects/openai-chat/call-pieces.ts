import type { AnswerEvent } from '../../canonical/answer.ts';
import type { CarriedState, JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { COMMON_NAMES, toolNamesFor } from '../tool-names.ts';
import type { ToolNames } from '../tool-names.ts';
import { ownCallId } from './call-ids.ts';
import { stateOfExtra } from './own-state.ts';

interface Call {
  /** Its place among the calls that were told; `null`: not told yet, its name is missing. */
  place: number | null;
  id: string | null;
  name: string;
  kind: 'function' | 'custom';
  state: CarriedState | null;
  /** A tool that takes text went out as a function: its arguments are read when they are whole. */
  isWrapped: boolean;
  isEnded: boolean;
  /** Arguments that were not told yet. */
  held: string;
  readonly texts: string[];
}

/** Where a call's pieces are counted: the functions of old have no index and are one. */
const LEGACY_INDEX = -1;

/**
 * Puts the pieces of tool calls together as servers send them: without index, with index 0 for all of them, without id,
 * with the name behind, with all arguments at once.
 */
export class CallPieces {
  readonly #names: ToolNames;
  readonly #textTools: ReadonlySet<string>;
  readonly #calls: Call[] = [];
  readonly #byIndex = new Map<number, Call>();
  #told = 0;

  constructor(request: CanonicalRequest) {
    this.#names = toolNamesFor(request, COMMON_NAMES);
    this.#textTools = new Set(request.tools.filter(({ kind }) => kind === 'custom').map(({ name }) => name));
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** `place`: where in a whole list it stands, `null` in a stream. */
  take(piece: JsonObject, place: number | null, answerId: string | null): readonly AnswerEvent[] {
    const custom = isObject(piece['custom']) ? piece['custom'] : null;
    const called = custom ?? (isObject(piece['function']) ? piece['function'] : {});
    const name = nonEmpty(called['name']);
    const index = place ?? (typeof piece['index'] === 'number' ? piece['index'] : null);
    const known = this.#find(index, nonEmpty(piece['id']), name);
    const events: AnswerEvent[] = known === null ? this.#endWhole() : [];
    const call = known ?? this.#begin(index, custom === null ? 'function' : 'custom');
    if (call.isEnded) return events;
    call.id ??= nonEmpty(piece['id']);
    if (call.place === null && name !== null) this.#name(call, name);
    if (isObject(piece['extra_content'])) call.state ??= stateOfExtra(piece['extra_content']);
    if (call.place === null && call.name !== '') events.push(this.#tell(call, answerId));
    return [...events, ...this.#addText(call, textOf(called['arguments'] ?? called['input']))];
  }

  /** `function_call`, of before there were tools. */
  takeLegacy(called: JsonObject, answerId: string | null): readonly AnswerEvent[] {
    return this.take({ index: LEGACY_INDEX, function: called }, null, answerId);
  }

  /** Every call ends with the answer, also one whose name never came. */
  end(answerId: string | null): readonly AnswerEvent[] {
    return this.#calls.flatMap((call) => {
      if (call.isEnded) return [];
      const begun = call.place === null ? [this.#tell(call, answerId), ...this.#addText(call, '')] : [];
      return [...begun, ...this.#endOf(call)];
    });
  }

  /**
   * A name that comes with another id is another call, whatever its index; an id alone is not: some servers make up a
   * new one for every piece. Without index and id, a further name is a further call.
   */
  #find(index: number | null, id: string | null, name: string | null): Call | null {
    const sameId = id === null ? null : (this.#calls.find((call) => call.id === id) ?? null);
    if (index === null) {
      if (id !== null && name !== null) return sameId;
      const last = this.#calls.at(-1) ?? null;
      return sameId ?? (name !== null && last !== null && last.name !== '' ? null : last);
    }
    const call = this.#byIndex.get(index) ?? null;
    const isOther = call?.id !== null && id !== null && name !== null && call?.id !== id;
    return isOther ? null : call;
  }

  #begin(index: number | null, kind: Call['kind']): Call {
    const call: Call = {
      place: null,
      id: null,
      name: '',
      kind,
      state: null,
      isWrapped: false,
      isEnded: false,
      held: '',
      texts: [],
    };
    this.#calls.push(call);
    if (index !== null) this.#byIndex.set(index, call);
    return call;
  }

  #name(call: Call, name: string): void {
    call.name = this.#names.original(name);
    if (call.kind === 'custom' || !this.#textTools.has(call.name)) return;
    call.kind = 'custom';
    call.isWrapped = true;
  }

  #tell(call: Call, answerId: string | null): AnswerEvent {
    const place = this.#told++;
    call.place = place;
    call.id ??= ownCallId(answerId, place);
    return { type: 'tool_call', call: place, id: call.id, name: call.name, kind: call.kind, state: call.state };
  }

  #addText(call: Call, text: string): AnswerEvent[] {
    if (text !== '') call.texts.push(text);
    if (call.place === null || call.isWrapped) {
      call.held += text;
      return [];
    }
    const told = call.held + text;
    call.held = '';
    return told === '' ? [] : [{ type: 'tool_arguments', call: call.place, text: told }];
  }

  /** Calls follow each other: with the next one those before it are over, if their arguments are whole. */
  #endWhole(): AnswerEvent[] {
    return this.#calls.flatMap((call) => {
      const isOver = !call.isEnded && call.kind === 'function' && parseJson(call.texts.join('')) !== undefined;
      return isOver ? this.#endOf(call) : [];
    });
  }

  #endOf(call: Call): AnswerEvent[] {
    if (call.place === null) return [];
    call.isEnded = true;
    const end: AnswerEvent = { type: 'tool_call_end', call: call.place };
    const text = call.isWrapped ? unwrapped(call.held) : '';
    return text === '' ? [end] : [{ type: 'tool_arguments', call: call.place, text }, end];
  }
}

/** The argument `input` of a tool that went out as a function; all of the text where the model wrote something else. */
function unwrapped(text: string): string {
  const given = parseJson(text);
  const input = isObject(given) ? given['input'] : null;
  return typeof input === 'string' ? input : text;
}

function nonEmpty(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Some servers give arguments as an object. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return isObject(value) ? JSON.stringify(value) : '';
}
