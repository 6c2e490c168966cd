/** What Gemini calls how much a model thinks. */
export type ThinkingLevel = 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH';

export type Thinking =
  /** `thinkingBudget`: tokens. */
  | { readonly by: 'budget'; readonly least: number; readonly most: number; readonly canBeOff: boolean }
  /** `thinkingLevel`; lowest first. */
  | { readonly by: 'level'; readonly levels: readonly ThinkingLevel[] }
  /** The model refuses `thinkingConfig`. */
  | { readonly by: 'nothing' };

/** In what the models differ as far as a request's body depends on it. */
export interface ModelTraits {
  readonly thinking: Thinking;
  /**
   * The third generation: wants signatures on function calls, takes images inside of function responses, and a JSON
   * answer together with functions.
   */
  readonly isThird: boolean;
  /** Temperature, topP and topK have no effect or are refused, and so is a history that ends with the model. */
  readonly hasFixedSampling: boolean;
  readonly takesPenalties: boolean;
  /** On generativelanguage.googleapis.com; Vertex AI gives them for all. */
  readonly takesLogprobs: boolean;
}

const NOTHING: Thinking = { by: 'nothing' };
const ALL_LEVELS: Thinking = { by: 'level', levels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] };
const FROM_LOW: Thinking = { by: 'level', levels: ['LOW', 'MEDIUM', 'HIGH'] };
const LOW_OR_HIGH: Thinking = { by: 'level', levels: ['LOW', 'HIGH'] };

const first = (thinking: Thinking): ModelTraits => ({
  thinking,
  isThird: false,
  hasFixedSampling: false,
  takesPenalties: true,
  takesLogprobs: true,
});
/** "Penalty is not enabled", "Logprobs is not enabled for models/gemini-2.5-flash" (400 since 2.5). */
const second = (thinking: Thinking): ModelTraits => ({
  ...first(thinking),
  takesPenalties: false,
  takesLogprobs: false,
});
const third = (thinking: Thinking): ModelTraits => ({ ...second(thinking), isThird: true });
/** Since 3.6 Flash and 3.5 Flash-Lite (ai.google.dev/gemini-api/docs/whats-new-gemini-3.6). */
const fixed = (thinking: Thinking): ModelTraits => ({ ...third(thinking), hasFixedSampling: true });

const budget = (least: number, most: number, canBeOff: boolean): Thinking => ({ by: 'budget', least, most, canBeOff });

/**
 * The first pattern that fits counts. A model of a name that nobody knows yet is taken for one of the newest, so that
 * what is sent is what the newest take. Ranges and levels: ai.google.dev/gemini-api/docs/thinking and Google Cloud's
 * guides to 3.5 and 3.8 Flash.
 */
const TABLE: readonly (readonly [RegExp, ModelTraits])[] = [
  [/^gemini-(?:1|2\.0|pro-vision)/, first(NOTHING)],
  [/^gemini-2\.5-.*(?:image|tts|audio|live)/, second(NOTHING)],
  [/^gemini-2\.5-pro/, second(budget(128, 32_768, false))],
  [/^gemini-2\.5-flash-lite/, second(budget(512, 24_576, true))],
  [/^gemini-2\.5/, second(budget(1, 24_576, true))],
  [/^gemini-3.*(?:image|tts|audio|live)/, third(NOTHING)],
  [/^gemini-3-pro/, third(LOW_OR_HIGH)],
  [/^gemini-3(?:\.1)?-pro/, third(FROM_LOW)],
  [/^gemini-3\.5-flash-lite/, fixed(ALL_LEVELS)],
  [/^gemini-3(?:\.[1-5])?-flash/, third(ALL_LEVELS)],
  [/^gemini-/, fixed(FROM_LOW)],
];

/** Gemma and whatever else is served in this dialect: nothing is known to be refused but thinking. */
const OTHERS = first(NOTHING);

/** `model`: as an upstream or a client writes it, also `models/…` and `publishers/google/models/…`. */
export function traitsOf(model: string): ModelTraits {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  return TABLE.find(([pattern]) => pattern.test(name))?.[1] ?? OTHERS;
}
