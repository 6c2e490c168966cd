import { decodeAnswer } from './decode-response.ts';
import { decodeError, encodeError } from './errors.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeStream } from './decode-stream.ts';
import type { Dialect } from '../dialect.ts';
import { encodeAnswerOf } from './encode-response.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeStreamOf } from './encode-stream.ts';
import { PARAMETERS } from './parameters.ts';

/** Ollama's native API, its endpoint `/api/chat`; `generate.ts` has the other one. */
export const ollama: Dialect = {
  id: 'ollama',
  front: {
    decodeRequest,
    encodeAnswer: encodeAnswerOf('chat'),
    encodeStream: encodeStreamOf('chat'),
    encodeError,
    streamContentType: 'application/x-ndjson',
    parameters: PARAMETERS,
  },
  back: {
    encodeRequest,
    pathOf: () => '/api/chat',
    decodeAnswer,
    decodeStream,
    decodeError,
  },
};
