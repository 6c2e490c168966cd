import { EFFORTS } from '../canonical/request.ts';
import { z } from '../std/schema.ts';
import { deployment } from './deployment-fields.ts';
import { yesOrNo } from './fields.ts';
import { groupName, modelPattern } from './model-names.ts';
import { count } from './number-fields.ts';
import { chain, RESILIENCE_FIELDS } from './resilience-fields.ts';

const MOST_TOKENS = 1_000_000_000;
const MOST_RULES = 1000;
const MOST_WORDS = 1000;
const WORD_LENGTH = 256;

export const targets = z
  .array(modelPattern)
  .min(1, { error: 'is empty; name at least one model' })
  .describe('The models it stands for, in the order to try them.');

/** `llmgw/NAME` is NAME when it is looked up: a name of its own under it would never be found. */
const NOT_OURS = /^(?!llmgw\/)/;
const IS_OURS = { error: 'begins with llmgw/, which is taken off every name; leave it away' };

export const aliasName = modelPattern.regex(NOT_OURS, IS_OURS);
export const ownName = groupName.regex(NOT_OURS, IS_OURS);

/** What a name stands for in a profile. */
export const alias = z
  .union([
    modelPattern.describe('The model it stands for: name, server/model or provider/model.'),
    targets,
    z.strictObject({ targets }),
  ])
  .describe('What a name of your own stands for.');

const tokens = count({ min: 0, max: MOST_TOKENS }).optional();

const word = z
  .string()
  .regex(/\S/, { error: 'is empty' })
  .max(WORD_LENGTH, { error: `is longer than ${WORD_LENGTH} characters` });

const condition = z
  .strictObject({
    tokens_over: tokens.describe('The prompt has more tokens than these.'),
    tokens_under: tokens.describe('The prompt has fewer tokens than these.'),
    tools: yesOrNo().optional().describe('Tools are offered; false: none are.'),
    images: yesOrNo().optional().describe('There are images; false: there are none.'),
    words: z
      .array(word)
      .max(MOST_WORDS, { error: `has more than ${MOST_WORDS} words` })
      .optional()
      .describe('One of these words or phrases stands in the last text of the user.'),
    effort: z.enum(EFFORTS).optional().describe('At least this much thinking is asked for.'),
  })
  .describe('All that is given must hold. Left out: it always holds.');

const rule = z.strictObject({
  when: condition.nullish(),
  use: groupName.describe('The group or model that answers.'),
});

/** What a name stands for. Which keys go together is for `group-rules.ts` to say. */
export const modelGroup = z
  .union([
    modelPattern.describe('The model it stands for: name, server/model or provider/model.'),
    targets,
    z.strictObject({
      targets: targets.optional(),
      deployments: z
        .array(deployment)
        .min(1, { error: 'is empty; name at least one target' })
        .optional()
        .describe('The places that answer for it; one is chosen for each request.'),
      rules: z
        .array(rule)
        .min(1, { error: 'is empty; write at least one rule' })
        .max(MOST_RULES, { error: `has more than ${MOST_RULES} rules` })
        .optional()
        .describe('Which other group or model answers; the first that holds. No model is asked for it.'),
      ...RESILIENCE_FIELDS,
      fallbacks: chain.nullish().describe('Who is asked when nobody of it can answer; [] is nobody.'),
      context_fallbacks: chain.nullish().describe('The same for prompts that are too long.'),
      content_fallbacks: chain.nullish().describe('The same for what was refused for its content.'),
      sticky: yesOrNo().optional().describe('Keep a conversation at the deployment that has it. Default true.'),
      continue_streams: yesOrNo()
        .optional()
        .describe('Let another deployment go on with a text that breaks off in the midst of a stream. Default false.'),
      hidden: yesOrNo().optional().describe('Leave it out of the lists of models. Default false.'),
      access_groups: z.array(groupName).nullish().describe('Further names for it and for others together.'),
    }),
  ])
  .describe('What a name of your own stands for: a model, several in order, deployments, or rules.');

/** `models:` of the file. */
export const modelGroups = z
  .record(ownName, modelGroup)
  // What JSON Schema can say of it: names that are no plain ones have the long form.
  .meta({ patternProperties: { '\\*.*\\*|\\s': { type: 'object' } } });
