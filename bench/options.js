import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { candidateNames } from './candidates.js';

export const usage = `npm run bench -- [options]

  --quick         about a minute: one round of one-second slices
  --only NAMES    of ${candidateNames.join(', ')}; with commas between
  --rounds N      rounds, 1 to 50 (default 5)
  --seconds N     seconds of a slice, 1 to 60 (default 2)
  --load NAME     wrk or autocannon (default wrk where it is installed)
  --bin FILE      another build's bin/llmgw.js, to compare (default our own)
  --json FILE     where the figures go (default bench/results/TIME.json)`;

/** The options of the command line; throws an Error whose message is for the user. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      load: { type: 'string' },
      bin: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { quick, help, json } = values;
  return {
    help,
    quick,
    only: readNames(values.only),
    rounds: readWhole('rounds', values.rounds, { fallback: quick ? 1 : 5, max: 50 }),
    seconds: readWhole('seconds', values.seconds, { fallback: quick ? 1 : 2, max: 60 }),
    repeats: quick ? 3 : 7,
    load: readLoad(values.load),
    bin: values.bin === undefined ? undefined : resolve(values.bin),
    json: json ?? null,
  };
}

function readNames(text) {
  if (text === undefined) return candidateNames;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !candidateNames.includes(name));
  if (unknown.length > 0) {
    throw new Error(`--only: no candidate ${unknown.join(', ')}; there are ${candidateNames.join(', ')}`);
  }
  return candidateNames.filter((name) => names.includes(name));
}

function readLoad(name) {
  if (name === undefined) return null;
  if (!['wrk', 'autocannon'].includes(name)) throw new Error(`--load takes wrk or autocannon, not ${name}`);
  return name;
}

function readWhole(name, text, { fallback, max }) {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new Error(`--${name} takes a whole number from 1 to ${max}`);
  }
  return value;
}
