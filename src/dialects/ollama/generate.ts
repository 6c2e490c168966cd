import { decodeGenerateRequest } from './decode-request.ts';
import { encodeAnswerOf } from './encode-response.ts';
import { encodeGenerateRequest } from './encode-request.ts';
import { encodeError } from './errors.ts';
import { encodeStreamOf } from './encode-stream.ts';
import { ollama } from './index.ts';
import { PARAMETERS } from './parameters.ts';
import type { Back, Front } from '../dialect.ts';

/** Ollama's older endpoint, `/api/generate`: one prompt, and the text in `response`. */
export const ollamaGenerate: Front = {
  decodeRequest: decodeGenerateRequest,
  encodeAnswer: encodeAnswerOf('generate'),
  encodeStream: encodeStreamOf('generate'),
  encodeError,
  streamContentType: 'application/x-ndjson',
  parameters: PARAMETERS,
};

/** For what is no conversation, but a text that is to be gone on with. */
export const ollamaGenerateBack: Back = {
  ...ollama.back,
  encodeRequest: encodeGenerateRequest,
  pathOf: () => '/api/generate',
};
