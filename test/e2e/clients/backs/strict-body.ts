import { z } from '../../../../src/std/schema.ts';
import { Refusal } from './dialect-back.ts';

export { z };

/** Reads a body that may have nothing but what the schema names; the first thing that is wrong is named by its path. */
export function readStrictly<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new Refusal(read.error.issues.map(spelled).join('; '));
}

function spelled(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code !== 'invalid_union') return `${path}: ${issue.message}`;
  const inner = issue.errors.map((issues) => issues.map((one) => spelled(one)).join(', ')).join(' | ');
  return `${path}: (${inner === '' ? issue.message : inner})`;
}
