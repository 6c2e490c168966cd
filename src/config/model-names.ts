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

/** The name of a group, or what it asks: other gateways have names with spaces, and with several `*`. */
export const groupName = z
  .string()
  .regex(/^[^\p{C}]*$/u, { error: 'has control characters, which a name cannot have' })
  .regex(/^(\S(.*\S)?)?$/u, { error: 'has spaces around it; take them away' })
  .regex(/^([^*]*\*){0,4}[^*]*$/, { error: 'has more than four *' })
  .min(1, { error: 'is empty' })
  .max(MODEL_NAME_LENGTH, { error: `is longer than ${MODEL_NAME_LENGTH} characters` });
