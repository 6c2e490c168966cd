import type { Dialect } from '../dialect.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeAnswer } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeAnswer } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { decodeChatError, encodeChatError } from './errors.ts';
import { PARAMETERS } from './parameters.ts';

/** OpenAI's chat completions, and what imitates them. */
export const openaiChat: Dialect = {
  id: 'openai-chat',
  front: {
    decodeRequest,
    encodeAnswer,
    encodeStream,
    encodeError: encodeChatError,
    streamContentType: 'text/event-stream; charset=utf-8',
    parameters: PARAMETERS,
  },
  back: {
    encodeRequest,
    pathOf: () => '/chat/completions',
    decodeAnswer,
    decodeStream,
    decodeError: decodeChatError,
  },
};
