import type { Capability } from '../canonical/model.ts';
import { claudeModel } from './claude-models.ts';
import { traitsOf } from './gemini/models.ts';
import { openAiModel } from './openai-models.ts';

/**
 * What a model of Anthropic's, OpenAI's or Google's that chats can do, wherever it is served, where the provider's list
 * does not say; `null`: it is none of theirs. Only for what is shown to people and clients: nothing is refused by a
 * name. What it is that draws, speaks or embeds is told before (`routing/told-by-name.ts`).
 */
export function chatCapabilities(id: string): readonly Capability[] | null {
  const name = id.slice(id.lastIndexOf('/') + 1).toLowerCase();
  return ofClaude(name) ?? ofGemini(name) ?? ofOpenAi(name);
}

/** All since the third generation look at pictures. */
function ofClaude(name: string): readonly Capability[] | null {
  const claude = claudeModel(name);
  if (claude === null) return null;
  const isOld = /claude-(?:v?[12](?:[.:-]|$)|instant)/.test(name);
  if (isOld) return ['chat'];
  const { budget, adaptive } = claude.thinking;
  return listed({ tools: true, vision: true, thinking: budget || adaptive, audio: false });
}

function ofGemini(name: string): readonly Capability[] | null {
  if (!/^gemini-/.test(name)) return null;
  return listed({ tools: true, vision: true, thinking: traitsOf(name).thinking.by !== 'nothing', audio: true });
}

/** Those of the `o` series that were made small and early are blind, as are all before GPT-4 Turbo. */
const BLIND = /^(?:gpt-3|gpt-4(?:$|-0[36]|-32k|-1106|-0125)|o1-(?:mini|preview)|o3-mini|gpt-oss)|audio/;
/** OpenAI's pages on these models: no function calling. */
const WITHOUT_TOOLS = /^(?:chatgpt-4o|gpt-4o(?:-mini)?-search|gpt-5-search|o1-(?:mini|preview)|o\d(?:-mini)?-deep)/;

function ofOpenAi(name: string): readonly Capability[] | null {
  const { kind } = openAiModel(name);
  // The first models complete prompts, and chat with nobody.
  if (kind === 'unknown' || /instruct/.test(name)) return null;
  return listed({
    tools: !WITHOUT_TOOLS.test(name),
    vision: !BLIND.test(name),
    thinking: kind === 'reasoning',
    audio: /audio/.test(name),
  });
}

function listed(can: Readonly<Record<'tools' | 'vision' | 'thinking' | 'audio', boolean>>): readonly Capability[] {
  const also = (['tools', 'vision', 'thinking', 'audio'] as const).filter((capability) => can[capability]);
  return ['chat', ...also];
}
