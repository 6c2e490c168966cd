import type { Dialect } from '../dialect.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeAnswer } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeAnswer } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { decodeError, encodeError } from './errors.ts';
import { PARAMETERS } from './parameters.ts';

/** OpenAI's Responses API: Codex, the AI SDK, and the `openai` package's `responses`. */
export const openaiResponses: Dialect = {
  id: 'openai-responses',
  front: {
    decodeRequest,
    encodeAnswer,
    encodeStream,
    encodeError,
    streamContentType: 'text/event-stream; charset=utf-8',
    parameters: PARAMETERS,
  },
  back: {
    encodeRequest,
    pathOf: () => '/responses',
    decodeAnswer,
    decodeStream,
    decodeError,
  },
};
