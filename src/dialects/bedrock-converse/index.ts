import type { Dialect } from '../dialect.ts';
import { decodeAnswer } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { decodeError } from './errors.ts';
import { modelOf } from './models.ts';
import { pathOf } from './path.ts';
import { ORIGIN } from './state.ts';

/** Amazon Bedrock's Converse. No client speaks it to us. */
export const bedrockConverse: Dialect = {
  id: ORIGIN,
  front: null,
  back: {
    encodeRequest,
    pathOf,
    decodeAnswer,
    decodeStream,
    decodeError,
    // Nova's models keep texts unmarked, too.
    cachesMarked: (model) => modelOf(model).cache === 'everywhere',
  },
};
