import { WEATHER_SCHEMA } from '../scenario.ts';

/** The tools that every client offers; the second takes no arguments. */
export const TOOLS = [
  { name: 'weather', description: 'Says how the weather is.', schema: WEATHER_SCHEMA },
  { name: 'clock', description: 'Says how late it is.', schema: { type: 'object' as const, properties: {} } },
];
export const MAX_TOKENS = 4_096;
export const THINKING_TOKENS = 2_048;
