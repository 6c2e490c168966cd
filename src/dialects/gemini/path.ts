const METHODS = { whole: 'generateContent', stream: 'streamGenerateContent?alt=sse' } as const;

/** Below the API base, as `/models/gemini-3-flash:generateContent`. Tuned models have a place of their own. */
export function pathOf(model: string, stream: boolean): string {
  return methodPath(model, stream ? METHODS.stream : METHODS.whole);
}

/** `method`: `countTokens`, `batchEmbedContents`. */
export function methodPath(model: string, method: string): string {
  const name = model.startsWith('models/') ? model.slice('models/'.length) : model;
  // Steps of dots would lead to another place of the upstream.
  const steps = name.split('/').filter((step) => step !== '' && step !== '.' && step !== '..');
  const path = steps.map(encodeURIComponent).join('/');
  return model.startsWith('tunedModels/') ? `/${path}:${method}` : `/models/${path}:${method}`;
}

/** A model as bodies name it: `models/gemini-embedding-001`. */
export function resourceName(model: string): string {
  return model.startsWith('models/') || model.startsWith('tunedModels/') ? model : `models/${model}`;
}
