import { z } from '../std/schema.ts';
import { nearest } from '../std/nearest.ts';
import type { ConfigPath, Finding } from './problem.ts';
import { keyOffsetAt, offsetAt, partAt } from './tree.ts';
import type { Tree } from './tree.ts';

type Issue = z.core.$ZodIssue;

/** What a schema found, in words for a person, each at its place in the text. */
export function explainIssues(tree: Tree, issues: readonly Issue[], schema: Schema): Finding[] {
  return issues.flatMap((issue) => explainIssue({ tree, schema }, issue, asPath(issue.path)));
}

type Schema = z.core.$ZodType;

/** A file, and what it was checked with. */
interface CheckedFile {
  readonly tree: Tree;
  readonly schema: Schema;
}

/** More values are not listed where one of them is near. */
const MAX_LISTED = 5;
/** Longer values are not repeated in a message. */
const MAX_SHOWN_LENGTH = 60;
/** What is below them is a secret or can hold one. */
const HIDDEN_KEYS: ReadonlySet<string> = new Set([
  'api_key',
  'aws',
  'base_url',
  'body',
  'headers',
  'master_key',
  'params',
]);

/**
 * The value at a path as it can be shown: as it stands in the file, so that nothing from the environment gets out; and
 * not at all where a secret belongs or could hide.
 */
export function shownValue(tree: Tree, path: ConfigPath): string {
  const part = partAt(tree, path);
  const hidden = path.some((step) => HIDDEN_KEYS.has(String(step)));
  if (part?.kind !== 'scalar') return '';
  if (hidden || part.written.length > MAX_SHOWN_LENGTH || /\p{C}|^$/u.test(part.written)) {
    return 'the value';
  }
  return `\`${part.written}\``;
}

function explainIssue(file: CheckedFile, issue: Issue, path: ConfigPath): Finding[] {
  const { tree } = file;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(file, [...path, key]));
    case 'invalid_union':
      return explainUnion(file, issue, path);
    case 'invalid_key':
      return issue.issues.slice(0, 1).map(({ message }) => {
        return { at: keyOffsetAt(tree, path), path, message: `the name \`${String(path.at(-1))}\` ${message}` };
      });
    case 'invalid_value': {
      const values = issue.values.map(String);
      const near = nearestValue(tree, path, values);
      const allowed = near !== undefined && values.length > MAX_LISTED ? 'the allowed values' : values.join(', ');
      return [valueFinding(tree, path, about(tree, path, `is not one of ${allowed}`), near)];
    }
    case 'invalid_type':
      return [valueFinding(tree, path, `must be ${NOUNS[issue.expected] ?? issue.expected}`)];
    default:
      return [valueFinding(tree, path, about(tree, path, issue.message))];
  }
}

function about(tree: Tree, path: ConfigPath, message: string): string {
  return `${shownValue(tree, path)} ${message}`.trimStart();
}

/** Of the forms that a value can have, the one that it was meant in: the one whose kind it is. */
function explainUnion(file: CheckedFile, issue: z.core.$ZodIssueInvalidUnion, path: ConfigPath): Finding[] {
  const { tree } = file;
  const meant = issue.errors.find((form) => !form.some(isOfAnotherKind));
  if (meant !== undefined) return meant.flatMap((inner) => explainIssue(file, inner, [...path, ...asPath(inner.path)]));
  // The unions of one kind of value (durations, ports) have a message of their own, the others have several kinds.
  if (issue.message !== 'Invalid input') {
    return [valueFinding(tree, path, about(tree, path, issue.message))];
  }
  const kinds = issue.errors.flatMap((form) => form.flatMap((inner) => ('expected' in inner ? [inner.expected] : [])));
  return [valueFinding(tree, path, `must be ${kinds.map((kind) => NOUNS[kind] ?? kind).join(', or ')}`)];
}

function isOfAnotherKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text (in quotes if it looks like something else)',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list, like [one, two]',
  object: 'a map of keys and values',
  record: 'a map of names and values',
};

/** What is wrong with a value, unless there is none. */
function valueFinding(tree: Tree, path: ConfigPath, message: string, near?: string): Finding {
  const part = partAt(tree, path);
  const at = offsetAt(tree, path);
  if (part === null) return { at, path, message: 'is missing; add it' };
  if (part.kind === 'scalar' && part.value === null) {
    return { at: keyOffsetAt(tree, path), path, message: 'has no value; give it one, or take the line out' };
  }
  return { at, path, message, nearest: near };
}

function nearestValue(tree: Tree, path: ConfigPath, values: readonly string[]): string | undefined {
  const part = partAt(tree, path);
  return part?.kind === 'scalar' ? nearest(part.written, values, 1)[0] : undefined;
}

function unknownKey({ tree, schema }: CheckedFile, path: ConfigPath): Finding {
  const known = keysBelow(schema, path.slice(0, -1));
  const key = String(path.at(-1));
  const near = nearest(key, known, 1)[0];
  const message = near === undefined ? `is not a key here; the keys are ${known.join(', ')}` : 'is not a key here';
  return { at: keyOffsetAt(tree, path), path, message, nearest: near };
}

/** The keys that a map at this path of the schema can have. */
function keysBelow(schema: z.core.$ZodType, path: ConfigPath): readonly string[] {
  const [step, ...rest] = path;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return keysBelow(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysBelow(option, path));
  if (schema instanceof z.ZodRecord) return step === undefined ? [] : keysBelow(schema.valueType, rest);
  if (schema instanceof z.ZodArray) return step === undefined ? [] : keysBelow(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (step === undefined) return Object.keys(schema.shape);
  const child = Object.entries<z.core.$ZodType>(schema.shape).find(([key]) => key === step);
  return child === undefined ? [] : keysBelow(child[1], rest);
}

function asPath(path: readonly PropertyKey[]): ConfigPath {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}
