import { isObject } from '../../std/is-object.ts';
import type { LiteLlmNeed, LiteLlmNote } from './note.ts';
import type { LiteLlmReading } from './read.ts';

/** More names are not listed in one sentence. */
const MOST_LISTED = 8;

/** What a file of LiteLLM's asks for and what becomes of it, in a few sentences. The notes say it place by place. */
export function summaryOf(reading: LiteLlmReading): string[] {
  return [...overview(reading), ...toLookAt(reading)];
}

/** The same without where to read the notes. */
export function overview(reading: LiteLlmReading): string[] {
  const { file, origins, needs, notes } = reading;
  const models = reading.native['models'];
  const names = isObject(models) ? Object.keys(models).length : 0;
  const served = `${counted(origins.length, 'deployment')} under ${counted(names, 'name')}`;
  return [
    `${file} is LiteLLM's: ${served} ${origins.length === 1 ? 'is' : 'are'} served.`,
    ...missingVariables(notes),
    ...leftOut(reading),
    ...needed(needs, 'later', 'Asked for by the file and not served yet'),
    ...needed(needs, 'replaced', 'Not needed, since llmgw has its own'),
  ];
}

function missingVariables(notes: readonly LiteLlmNote[]): string[] {
  const found = notes.flatMap(({ kind, message }) => {
    const name = kind === 'missing' ? /environment variable (\S+?),/.exec(message)?.[1] : undefined;
    return name === undefined ? [] : [name];
  });
  const names = [...new Set(found)];
  return names.length === 0 ? [] : [`Not set in the environment, and named by the file: ${listed(names)}.`];
}

function leftOut({ leftOut: entries }: LiteLlmReading): string[] {
  return [...new Set(entries.map(({ reason }) => reason))].map((reason) => {
    const same = entries.filter((one) => one.reason === reason);
    const names = same.map(({ entry, name }) => `${name} (model_list[${entry}])`);
    const are = same.length === 1 ? 'is' : 'are';
    return `${counted(same.length, 'deployment')} ${are} left out, since ${REASONS[reason]}: ${listed(names)}.`;
  });
}

const REASONS: Readonly<Record<LiteLlmReading['leftOut'][number]['reason'], string>> = {
  missing: 'a variable is not set',
  unsupported: 'nothing here can ask them',
  environment: 'LITELLM_ENVIRONMENT is another',
  blocked: 'the file blocks them',
  'not needed': 'they are not needed',
  unreadable: 'they cannot be read',
};

function needed(needs: readonly LiteLlmNeed[], state: LiteLlmNeed['state'], said: string): string[] {
  const parts = needs
    .filter((need) => need.state === state)
    .map(({ feature, paths }) => `${feature} (${placesIn(paths)})`);
  return parts.length === 0 ? [] : [`${said}: ${parts.join('; ')}.`];
}

function placesIn([first = '', ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

function toLookAt({ file, notes }: LiteLlmReading): string[] {
  if (notes.length === 0) return [];
  const unknown = notes.filter(({ kind }) => kind === 'unknown').length;
  const ofThem = unknown === 0 ? '' : `, ${counted(unknown, 'unknown key')} among them`;
  return [`${counted(notes.length, 'remark')} on its keys${ofThem}: \`llmgw config check ${file}\` shows them.`];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).join(', ');
  return names.length > MOST_LISTED ? `${shown} and ${names.length - MOST_LISTED} more` : shown;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
