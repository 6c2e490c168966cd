import { z } from '../std/schema.ts';

const MODEL_NAME_LENGTH = 256;

/** A name that a client can send as `model`, or that a server knows a model by. */
export const modelName = z
  .string()
  .regex(/^[^\s\p{C}]*$/u, { error: 'has spaces or control characters, which a model name cannot have' })
  .min(1, { error: 'is empty' })
  .max(MODEL_NAME_LENGTH, { error: `is longer than ${MODEL_NAME_LENGTH} characters` });

/** A model's name in which one `*` stands for any text. */
export const modelPattern = modelName.regex(/^[^*]*\*?[^*]*$/, { error: 'has more than one *; one is understood' });
