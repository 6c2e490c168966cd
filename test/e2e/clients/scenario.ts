import { createHash } from 'node:crypto';

/** What an upstream plays; the first text of the user names it in brackets, so that it has to arrive. */
export type Scenario =
  | 'text'
  | 'think'
  | 'tools'
  | 'image'
  | 'length'
  | 'blocked'
  | 'rate-limited'
  | 'overflow'
  | 'overloaded'
  | 'overloaded-in-stream'
  | 'breaks'
  | 'cut'
  | 'ends'
  | 'endless'
  | 'silent';

export function promptOf(scenario: Scenario): string {
  return `[${scenario}] What do you say, “Köln”?`;
}

/** Letters of two, three and four bytes, and what JSON has to escape. */
export const PIECES: readonly string[] = ['Grüße ', 'aus Köln \u{1F30D}', ': "so\\weit"\n', 'alles gut.'];
export const TEXT = PIECES.join('');
export const THOUGHTS: readonly string[] = ['First I look – ', 'then I speak.'];
export const THOUGHT = THOUGHTS.join('');
export const TOOL_INTRODUCTION = 'Let me see. ';

export interface PlayedCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Two calls of one tool, which only their ids or their order tell apart, and one of a tool that takes no arguments. */
export const CALLS: readonly PlayedCall[] = [
  { name: 'weather', arguments: { city: 'Köln', note: 'a "quoted" \\ line\n' } },
  { name: 'weather', arguments: { city: 'Gent', days: 2 } },
  { name: 'clock', arguments: {} },
];
export const RESULTS: readonly string[] = ['12 °C', '9 °C', '10:03'];

/** What an upstream says when it has got the results. */
export function toolResultText(): string {
  return resultText(CALLS, RESULTS);
}

function resultText(calls: readonly PlayedCall[], results: readonly (string | null)[]): string {
  return calls.map((call, index) => `${call.name}(${spelled(call)}) = ${results[index] ?? 'nothing'}`).join('; ');
}

/** Gemini's protocol buffers and Go's maps do not keep the order of an object's members. */
function spelled(call: PlayedCall): string {
  return JSON.stringify(Object.fromEntries(Object.entries(call.arguments).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

export const WEATHER_SCHEMA = {
  type: 'object' as const,
  properties: {
    city: { type: 'string' as const, description: 'Where.' },
    days: { type: 'integer' as const },
    note: { type: 'string' as const },
  },
  required: ['city'],
};

/** One picture point: the smallest PNG that decoders take. */
export const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
export const PICTURE_TYPE = 'image/png';
export const PICTURE_TEXT = described({ mediaType: PICTURE_TYPE, bytes: PICTURE });

export interface SeenImage {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

function described({ mediaType, bytes }: SeenImage): string {
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  return `I see ${bytes.length} bytes of ${mediaType} (${digest}).`;
}

/** The results of the last turn, by the calls that they answer. */
export interface ToolTurn {
  readonly calls: readonly PlayedCall[];
  readonly results: readonly (string | null)[];
}

/** What an upstream understood of a request. */
export interface Asked {
  readonly model: string;
  readonly stream: boolean;
  /** The first text of the user. */
  readonly prompt: string;
  /** It is to think. */
  readonly thinks: boolean;
  /** What it thinks is to be shown. */
  readonly showsThoughts: boolean;
  readonly images: readonly SeenImage[];
  /** `null`: the last turn is no answer to calls. */
  readonly toolTurn: ToolTurn | null;
  /** What of the upstream's own states came back: Anthropic's signatures, Gemini's, OpenAI's encrypted reasoning. */
  readonly states: readonly string[];
}

export type PlayedFinish = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** One answer, in no dialect. */
export interface Played {
  /** Empty: it does not show what it thinks. */
  readonly thoughts: readonly string[];
  readonly texts: readonly string[];
  readonly calls: readonly PlayedCall[];
  readonly finish: PlayedFinish;
}

export function scenarioOf({ prompt }: Asked): Scenario {
  // What cannot be is a mistake of the test, and shows as the text of `text`.
  return (/\[([a-z-]+)\]/.exec(prompt)?.[1] ?? 'text') as Scenario;
}

export function play(asked: Asked): Played {
  const said: Played = { thoughts: [], texts: PIECES, calls: [], finish: 'stop' };
  const thoughts = asked.showsThoughts ? THOUGHTS : [];
  switch (scenarioOf(asked)) {
    case 'think':
      return { ...said, thoughts };
    case 'tools':
      if (asked.toolTurn === null) return { thoughts, texts: [TOOL_INTRODUCTION], calls: CALLS, finish: 'tool_calls' };
      return { ...said, texts: [resultText(asked.toolTurn.calls, asked.toolTurn.results)] };
    case 'image':
      return { ...said, texts: asked.images.map(described) };
    case 'length':
      return { ...said, finish: 'length' };
    case 'blocked':
      return { ...said, texts: ['I '], finish: 'content_filter' };
    default:
      return said;
  }
}

/**
 * What every upstream counts, where its dialect has a word for it. Totals with of-which classes: 40 tokens of the input
 * were in a cache, 12 of the output were thoughts.
 */
export const COUNTED = { input: 120, cacheRead: 40, output: 30, reasoning: 12 } as const;
