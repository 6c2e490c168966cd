import type { Capability } from '../../canonical/model.ts';
import { groupName } from '../model-names.ts';
import type { DeploymentDraft } from './deployment-draft.ts';
import { readFailurePolicy } from './failure-words.ts';
import type { Field } from './field.ts';
import { forEach, ignored, later, noteUnknown, read } from './key-rule.ts';
import type { KeyRule, KeyTable } from './key-rule.ts';
import { nearestKey } from './note.ts';
import { otherPriceRule, PRICE_KEYS } from './price-keys.ts';
import { escapeDollars } from './value.ts';

/** What LiteLLM's words for what a model can do mean here. Others say nothing that a choice goes by. */
export const CAPABILITY_KEYS: KeyTable<DeploymentDraft> = {
  supports_function_calling: can('tools'),
  supports_vision: can('vision'),
  supports_image_input: can('vision'),
  supports_images: can('vision'),
  supports_reasoning: can('thinking'),
  supports_audio_input: can('audio'),
};

/** What the native form takes. */
const MOST_FAILS = 1_000_000;

/** LiteLLM's modes, and the native form's. */
const MODES: Readonly<Record<string, string>> = {
  chat: 'chat',
  responses: 'chat',
  completion: 'completion',
  embedding: 'embedding',
  image_generation: 'image',
  image_edit: 'image',
  audio_transcription: 'transcription',
  audio_speech: 'speech',
  moderation: 'moderation',
  rerank: 'rerank',
  batch: 'other',
  realtime: 'other',
  ocr: 'other',
  search: 'other',
  video_generation: 'other',
};

/** Keys of `model_info`; what else stands there is free-form and shown by `/model/info`. */
export const MODEL_INFO_KEYS: KeyTable<DeploymentDraft> = {
  ...PRICE_KEYS,
  ...CAPABILITY_KEYS,
  id: read(({ native }, field) => {
    const id = field.text();
    if (id === null) return;
    if (id.length <= 256 && /^[\x20-\x7e]+$/.test(id)) native['id'] = escapeDollars(id);
    else field.note('ignored', 'cannot be sent in a header, so it is not the id of its deployment');
  }),
  mode: read(({ native }, field) => {
    const mode = field.text();
    if (mode === null) return;
    if (Object.hasOwn(MODES, mode)) native['mode'] = MODES[mode] ?? 'other';
    else
      field.note('unknown', 'is no mode that LiteLLM knows, so it is not used', nearestKey(mode, Object.keys(MODES)));
  }),
  base_model: read((draft, field) => {
    draft.baseModel ??= field.value();
  }),
  max_input_tokens: count('context'),
  max_output_tokens: count('max_output'),
  max_tokens: read(({ native }, field) => {
    const most = field.count({ least: 1 });
    if (most !== null) native['max_output'] ??= most;
  }),
  rpm: count('rpm'),
  tpm: count('tpm'),
  tags: read(({ tags }, field) => {
    const named = field.tags();
    if (named.length === 0) return;
    tags.push(...named);
    field.note('reading', 'are not looked at here by LiteLLM, which would route past them; llmgw keeps to them');
  }),
  access_groups: read(({ accessGroups }, field) =>
    accessGroups.push(...field.written().filter((name) => groupName.safeParse(name).success)),
  ),
  supported_environments: read((draft, field) => {
    draft.environments = field.texts();
  }),
  discoverable: read((draft, field) => {
    if (field.boolean() === false) draft.isHidden = true;
  }),
  blocked: read((draft, field) => {
    if (field.boolean() === true) draft.isBlocked = true;
  }),
  allowed_fails: read(({ native }, field) => {
    const fails = field.count({ most: MOST_FAILS });
    if (fails !== null) native['allowed_fails'] = fails;
  }),
  allowed_fails_policy: read((_, field) => {
    readFailurePolicy(field, 'AllowedFails');
    if (!field.isOff) field.note('later', 'is a policy of one deployment; llmgw has them for groups only');
  }),
  tier: ignored('tells free from paid models for keys, which llmgw does not have'),
  ...forEach(['team_id', 'team_public_model_name'], later('virtual keys', 'teams: everybody who has a key may use it')),
  ...forEach(
    [
      'health_check_model',
      'health_check_timeout',
      'health_check_max_tokens',
      'health_check_voice',
      'health_check_reasoning_effort',
      'disable_background_health_check',
    ],
    ignored('is not needed: llmgw asks nothing that costs money to see whether a model is there'),
  ),
  ...forEach(['enable_tag_filtering', 'allow_fail_open'], later('other limits', 'tag rules of one group')),
  custom_tokenizer: ignored('is not needed: tokens are counted as the provider counts them, or estimated'),
};

/** A key of `model_info` that has no rule. */
export function readOtherInfo(
  draft: DeploymentDraft,
  field: Field,
  apply: (rule: KeyRule<DeploymentDraft>, field: Field) => void,
): void {
  const price = otherPriceRule(field.key);
  if (price !== null) apply(price, field);
  else if (nearestKey(field.key, Object.keys(MODEL_INFO_KEYS)) !== null)
    noteUnknown(field, Object.keys(MODEL_INFO_KEYS));
  draft.info[field.key] = field.plain();
}

function can(capability: Capability): KeyRule<DeploymentDraft> {
  return read((draft, field) => {
    const able = field.boolean();
    if (able !== null) draft.can.set(capability, able);
  });
}

function count(key: string): KeyRule<DeploymentDraft> {
  return read(({ native }, field) => {
    const most = field.count({ least: 1 });
    if (most !== null) native[key] ??= most;
  });
}
