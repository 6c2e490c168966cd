import type { CanonicalRequest } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { clampedField } from '../dialect.ts';
import type { EncodedRequest, EncodeTarget } from '../dialect.ts';
import { extraNames } from '../extra-names.ts';
import { withInstruction } from '../instruction.ts';
import { GEMINI_NAMES, toolNamesFor } from '../tool-names.ts';
import type { Drop } from './dropped.ts';
import { encodeConfig, formInWords } from './encode-config.ts';
import { encodeMessages } from './encode-contents.ts';
import { encodeToolConfig, encodeTools } from './encode-tools.ts';
import { traitsOf } from './models.ts';
import type { WireGenerationConfig, WireRequest } from './wire.ts';

/** `auto` is what the provider does anyway. */
const TIERS: Readonly<Record<string, string>> = { default: 'standard', flex: 'flex', priority: 'priority' };

/** The body for `:generateContent` and `:streamGenerateContent`; which of them, and the model, stand in the path. */
export function encodeRequest(request: CanonicalRequest, target: EncodeTarget): EncodedRequest {
  const dropped = new Set<string>();
  const drop: Drop = (name) => void dropped.add(name);
  const clamped = new Set<string>();
  const clamp = (name: 'reasoning'): void => void clamped.add(name);
  const traits = traitsOf(target.model);
  const names = toolNamesFor(request, GEMINI_NAMES);
  const isOwn = request.extras.origin === 'gemini';
  const own = isOwn ? request.extras.fields : {};
  const { system, contents } = encodeMessages(withInstruction(request.messages, formInWords(request, traits)), {
    names,
    traits,
    images: target.quirks.images,
    isOwn,
    drop,
  });
  const tools = encodeTools(request, names, drop);
  const toolConfig = encodeToolConfig(request, names, own['toolConfig']);
  const generationConfig: WireGenerationConfig = {
    ...encodeConfig(request, target, traits, { drop, clamp }),
    ...(isObject(own['generationConfig']) ? own['generationConfig'] : {}),
  };
  const serviceTier = tierOf(request, target, drop);
  dropOthers(request, drop);
  if (!isOwn) for (const name of extraNames(request.extras)) dropped.add(name);
  const body: WireRequest = {
    contents,
    ...(system === null ? {} : { systemInstruction: system }),
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolConfig === null ? {} : { toolConfig }),
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    ...(serviceTier === null ? {} : { serviceTier }),
  };
  return { body: { ...own, ...body }, dropped: [...dropped], ...clampedField(clamped), headers: {} };
}

function tierOf(request: CanonicalRequest, { quirks }: EncodeTarget, drop: Drop): string | null {
  const tier = request.serviceTier;
  if (tier === null || tier === 'auto') return null;
  const known = quirks.flavour === 'google-cloud' ? undefined : TIERS[tier];
  if (known === undefined) drop('service_tier');
  return known ?? null;
}

/** What Gemini has no word for. Prompts it caches by itself: marks and keys for that are missed by nobody. */
function dropOthers(request: CanonicalRequest, drop: Drop): void {
  if (request.choiceCount > 1) drop('n');
  if (request.parallelToolCalls === false) drop('parallel_tool_calls');
  if (request.verbosity !== null) drop('verbosity');
  if (request.user !== null) drop('user');
}
