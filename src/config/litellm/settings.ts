import type { Desk, Field } from './field.ts';
import { GENERAL_SETTINGS_KEYS } from './general-settings-keys.ts';
import { applyRules, ELSEWHERE, noteUnknown, read } from './key-rule.ts';
import type { KeyRule, KeyTable } from './key-rule.ts';
import { LITELLM_SETTINGS_KEYS } from './litellm-settings-keys.ts';
import { ROUTER_KEYS } from './router-keys.ts';
import { newSettingsDraft } from './settings-draft.ts';
import type { SettingsDraft } from './settings-draft.ts';

/** The three sections, in the order in which a later one counts before an earlier one. */
const SECTIONS: Readonly<Record<string, KeyTable<SettingsDraft>>> = {
  general_settings: GENERAL_SETTINGS_KEYS,
  litellm_settings: LITELLM_SETTINGS_KEYS,
  router_settings: ROUTER_KEYS,
};

/** Reads the sections of settings of the file. A key that stands in the wrong one is read all the same. */
export function readSettings(root: Field): SettingsDraft {
  const draft = newSettingsDraft();
  const placed: [string, Map<string, Field>][] = [];
  for (const section of Object.keys(SECTIONS)) {
    const fields = root.fields()?.get(section)?.fields();
    if (fields !== null && fields !== undefined) placed.push([section, fields]);
  }
  // What stands in its place counts before what does not.
  for (const [section, fields] of placed) readMisplaced(draft, section, fields);
  for (const [section, fields] of placed) {
    applyRules(SECTIONS[section] ?? {}, fields, { draft, other: () => undefined });
  }
  return draft;
}

function readMisplaced(draft: SettingsDraft, section: string, fields: ReadonlyMap<string, Field>): void {
  const own = SECTIONS[section] ?? {};
  for (const [key, field] of fields) {
    if (Object.hasOwn(own, key)) continue;
    const home = Object.keys(SECTIONS).find((other) => Object.hasOwn(SECTIONS[other] ?? {}, key));
    if (home === undefined) {
      noteUnknown(field, Object.keys(own));
      continue;
    }
    applyRules({ [key]: misplaced(SECTIONS[home]?.[key], home) }, [[key, field]], { draft, other: () => undefined });
  }
}

/** LiteLLM passes over what stands in the wrong section. */
function misplaced(rule: KeyRule<SettingsDraft> | undefined, home: string): KeyRule<SettingsDraft> {
  if (rule === undefined || rule.kind === 'elsewhere') return ELSEWHERE;
  if (rule.kind !== 'read') return { ...rule, message: `belongs to ${home}, and ${rule.message}` };
  return read((draft, field) => {
    field.note('reading', `belongs to ${home}, so LiteLLM passes it over here; llmgw reads it`);
    rule.read(draft, field);
  });
}

/** `credential_list`: values of `litellm_params` by the name of a credential. */
export function readCredentials(list: Field | undefined): Map<string, Map<string, Field>> {
  const credentials = new Map<string, Map<string, Field>>();
  for (const item of list?.items() ?? []) {
    const fields = item.fields();
    const name = fields?.get('credential_name')?.text() ?? null;
    const values = fields?.get('credential_values')?.fields() ?? null;
    if (name !== null && values !== null) credentials.set(name, values);
    else item.note('ignored', 'lacks credential_name or credential_values, so nothing can use it');
    for (const [key, field] of fields ?? []) if (!CREDENTIAL_KEYS.includes(key)) noteUnknown(field, CREDENTIAL_KEYS);
  }
  return credentials;
}

const CREDENTIAL_KEYS = ['credential_name', 'credential_values', 'credential_info'];

/** `environment_variables` come before all that refers to them. */
export function readEnvironmentVariables(map: Field | undefined, { variables }: Desk): void {
  for (const [name, field] of map?.fields() ?? []) {
    const value = field.value();
    if (value !== null && value.text !== '') variables.set(name, value.text);
  }
}
