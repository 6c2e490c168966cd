import type { CanonicalRequest, Effort, ReasoningWish } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { EncodeTarget } from '../dialect.ts';
import { nearestEffort, openAiModel } from '../openai-models.ts';
import { budgetOfEffort, effortOfBudget } from '../reasoning-effort.ts';
import { NOTHING, written } from './written.ts';
import type { Written } from './written.ts';

/** How much the model shall think, in the upstream's own way (cloud-provider documentation, by the row's quirk). */
export function encodeReasoning(request: CanonicalRequest, target: EncodeTarget): Written {
  const wished = encodeWish(request, target);
  return request.tools.length > 0 && target.quirks.reasoning === 'effort' ? besideTools(wished, target) : wished;
}

/** Some of OpenAI's models have tools here only while they do not think; a client cannot do without its tools. */
function besideTools(wished: Written, { model }: EncodeTarget): Written {
  const { tools } = openAiModel(model).inChat;
  const { reasoning_effort: effort } = wished.fields;
  if (tools === 'always' || effort === 'none' || (effort === undefined && tools === 'without-effort')) return wished;
  return written({ reasoning_effort: 'none' }, [...wished.dropped, ...(effort === undefined ? [] : ['reasoning'])]);
}

function encodeWish(request: CanonicalRequest, target: EncodeTarget): Written {
  const wish = request.reasoning;
  if (wish === null || (wish.effort === null && wish.budgetTokens === null)) return shownOnly(wish, target);
  const effort = wish.effort ?? effortOfBudget(wish.budgetTokens ?? 0);
  const { quirks } = target;
  switch (quirks.reasoning) {
    case 'effort':
      return effortField(effort, target);
    case 'thinking-type':
      return thinkingType(effort, target);
    case 'enable-thinking':
      return enableThinking(wish, effort, target);
    case 'chat-template':
      return chatTemplate(request, effort);
    case 'reasoning-object':
      return reasoningObject(wish, effort, target);
    case 'none':
      return written({}, ['reasoning']);
    default:
      return unreachable(quirks.reasoning);
  }
}

/** Whether thoughts are shown is a wish of its own only where the upstream can leave them out. */
function shownOnly(wish: ReasoningWish | null, { quirks }: EncodeTarget): Written {
  if (wish?.shown !== false || quirks.reasoning !== 'reasoning-object') return NOTHING;
  return written({ reasoning: { exclude: true } });
}

function effortField(effort: Effort, target: EncodeTarget): Written {
  const model = openAiModel(target.model);
  // A model that never thinks grants the wish not to.
  if (model.kind === 'plain') return written({}, effort === 'none' ? [] : ['reasoning']);
  const nearest = takenEffort(effort, target);
  if (nearest === null) return written({}, ['reasoning']);
  const sent = written({ reasoning_effort: nearest });
  // It thinks whatever it is told.
  return effort === 'none' && nearest !== 'none' ? { ...sent, clamped: ['reasoning'] } : sent;
}

/** Of the efforts that the provider takes, and OpenAI's model where it is one. `null`: it takes none. */
function takenEffort(effort: Effort, { model, quirks }: EncodeTarget): string | null {
  if (quirks.efforts?.length === 0) return null;
  return nearestEffort(effort, quirks.efforts ?? openAiModel(model).inChat.efforts);
}

function thinkingType(effort: Effort, target: EncodeTarget): Written {
  if (effort === 'none') return written({ thinking: { type: 'disabled' } });
  const nearest = takenEffort(effort, target);
  return written({
    thinking: { type: 'enabled' },
    ...(nearest === null || nearest === 'none' ? {} : { reasoning_effort: nearest }),
  });
}

function enableThinking(wish: ReasoningWish, effort: Effort, { maxOutputTokens }: EncodeTarget): Written {
  if (effort === 'none') return written({ enable_thinking: false });
  const share = maxOutputTokens === null ? null : budgetOfEffort(effort, maxOutputTokens);
  const budget = wish.budgetTokens ?? share;
  return written({ enable_thinking: true, ...(budget === null ? {} : { thinking_budget: budget }) });
}

/** Other arguments of the template that the client has given stay. */
function chatTemplate({ extras }: CanonicalRequest, effort: Effort): Written {
  const given = extras.origin === 'openai-chat' ? extras.fields['chat_template_kwargs'] : null;
  const others = typeof given === 'object' && given !== null ? given : {};
  return written({ chat_template_kwargs: { ...others, enable_thinking: effort !== 'none' } });
}

/** OpenRouter takes an effort or a number of tokens, never both. */
function reasoningObject(wish: ReasoningWish, effort: Effort, target: EncodeTarget): Written {
  const exclude = wish.shown === false ? { exclude: true } : {};
  if (wish.effort === null && wish.budgetTokens !== null && effort !== 'none') {
    return written({ reasoning: { max_tokens: wish.budgetTokens, ...exclude } });
  }
  const nearest = takenEffort(effort, target);
  const asked = nearest === null ? { enabled: effort !== 'none' } : { effort: nearest };
  return written({ reasoning: { ...asked, ...exclude } });
}
