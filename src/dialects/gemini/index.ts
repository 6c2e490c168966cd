import type { Dialect } from '../dialect.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeAnswer } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeAnswer } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { decodeError, encodeError } from './errors.ts';
import { PARAMETERS } from './parameters.ts';
import { pathOf } from './path.ts';

/** Google's generateContent, of the Gemini API and of Vertex AI (ai.google.dev/api/generate-content). */
export const gemini: Dialect = {
  id: 'gemini',
  front: {
    decodeRequest,
    encodeAnswer,
    encodeStream,
    encodeError,
    streamContentType: 'text/event-stream; charset=utf-8',
    parameters: PARAMETERS,
  },
  back: { encodeRequest, pathOf, decodeAnswer, decodeStream, decodeError },
};
