/** What a request asks of the model that answers it, as far as the choice of one depends on it. */
export interface RequestNeeds {
  /** `relay`: something that is no text (a picture, a sound, a verdict), which no other model can stand in for. */
  readonly task: 'chat' | 'completion' | 'embedding' | 'relay';
  /** It offers tools for the model to call. */
  readonly tools: boolean;
  /** It holds images. */
  readonly vision: boolean;
  /** Tokens that input and answer take together, at a guess. */
  readonly contextTokens: number;
  /** Those of the answer among them: as many as the request allows, or what is assumed where it does not say. */
  readonly answerTokens: number;
}

/** A short chat. */
export const PLAIN_CHAT: RequestNeeds = {
  task: 'chat',
  tools: false,
  vision: false,
  contextTokens: 0,
  answerTokens: 0,
};
