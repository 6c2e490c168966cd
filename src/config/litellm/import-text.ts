import { Document, isMap, isScalar, isSeq } from 'yaml';
import type { LiteLlmNote } from './note.ts';
import { PROD_PROFILE } from '../../canonical/profile.ts';
import { isObject } from '../../std/is-object.ts';
import type { LiteLlmReading } from './read.ts';
import type { NativeMap } from './value.ts';

const WIDTH = 100;

/** The native file that does what LiteLLM's does, with what was said about each part as a comment before it. */
export function importText(reading: LiteLlmReading): string {
  const document = new Document(reading.native);
  const placed = new Set<LiteLlmNote>();
  const paths = new Map(reading.origins.map(({ entry, group, position }) => [entry, pathsOf(group, position)]));
  for (const note of reading.notes) {
    const entry = /^model_list\[(\d+)\]/.exec(note.path)?.[1];
    const found = entry === undefined ? undefined : paths.get(Number(entry));
    if (found?.some((path) => comment(document, path, note)) === true) placed.add(note);
  }
  const rest = reading.notes.filter((note) => !placed.has(note));
  document.commentBefore = [...heading(reading), ...rest.map(noteText)].map((line) => ` ${line}`).join('\n');
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: false });
}

/** The native form with what goes without saying in LiteLLM's: all models are served, and a variable has the key. */
export function withUnsaid(reading: LiteLlmReading): LiteLlmReading {
  const { masterKey } = reading;
  const native: NativeMap = { profile: PROD_PROFILE, ...reading.native };
  if (masterKey?.from !== 'environment') return { ...reading, native };
  const server: NativeMap = isObject(native['server']) ? native['server'] : {};
  return { ...reading, native: { ...native, server: { ...server, master_key: '${LITELLM_MASTER_KEY}' } } };
}

function pathsOf(group: string, position: number): (string | number)[][] {
  return [
    ['models', group, 'deployments', position],
    ['models', group, 'rules', 0],
  ];
}

/** Puts the note before the node; `false`: there is no such node. */
function comment(document: Document, path: readonly (string | number)[], note: LiteLlmNote): boolean {
  const node = document.getIn(path, true);
  if (!isMap(node) && !isScalar(node) && !isSeq(node)) return false;
  const before = (node.commentBefore ?? '') === '' ? '' : `${node.commentBefore ?? ''}\n`;
  node.commentBefore = `${before} ${noteText(note)}`;
  return true;
}

function heading({ file, environment }: LiteLlmReading): string[] {
  const name = file.split(/[/\\]/).at(-1) ?? file;
  const lines = [`Made from ${oneLine(name)} by \`llmgw config import\`; lines and keys below are those of that file.`];
  const variables = Object.keys(environment);
  if (variables.length > 0) {
    lines.push('Variables that the file or the .env beside it set, and that must be in the environment now:');
    lines.push(...variables.map((variable) => `  ${oneLine(variable)}`));
  }
  return lines;
}

function noteText({ line, path, message, nearest }: LiteLlmNote): string {
  const meant = nearest === null ? '' : `; did you mean \`${nearest}\`?`;
  return oneLine(`line ${line}: ${path === '' ? '' : `${path}: `}${message}${meant}`);
}

/** A line end would end the comment. */
function oneLine(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]+/gu, ' ');
}
