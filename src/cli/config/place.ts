import { dirname, join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { configJsonSchema, SCHEMA_TITLE } from '../../config/json-schema.ts';
import { configPath, type LoadOptions } from '../../config/load.ts';
import { SCHEMA_FILE } from '../../config/starter.ts';
import { writeFileAtomically } from '../../std/atomic-write.ts';
import { findPlaces } from '../../std/places.ts';

/** Where a command reads the config from. `file`: of `--config`. */
export function loadOptions(file: string | undefined): LoadOptions {
  return { file: file ?? null, places: findPlaces(), env: process.env };
}

/** The config file in force, and whether it is there. Throws `ConfigError` when there are two. */
export function configFile(file: string | undefined): { path: string; exists: boolean } {
  return configPath(loadOptions(file));
}

/** The JSON Schema as it is printed and kept in files. */
export function schemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

/** Puts the schema of this version beside a config, for editors; a file of that name that is not ours is left alone. */
export function keepSchemaBeside(config: string): void {
  const path = join(dirname(config), SCHEMA_FILE);
  const text = schemaText();
  if (existsSync(path)) {
    const there = readFileSync(path, 'utf8');
    if (there === text || !there.includes(`"title": ${JSON.stringify(SCHEMA_TITLE)}`)) return;
  }
  writeFileAtomically(path, text);
}
