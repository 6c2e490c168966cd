import { GatewayError } from '../canonical/errors.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import type { CanonicalRequest } from '../canonical/request.ts';
import type { AutoFacts } from '../routing/auto-rules.ts';
import type { Conversation } from './conversation.ts';

/** What rules look at, of what a client asks. A request that cannot be read has no text and no effort. */
export class ConversationFacts implements AutoFacts {
  readonly #conversation: Conversation;
  #needs: RequestNeeds | null = null;
  #request: CanonicalRequest | 'unread' | null = 'unread';

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  promptTokens = (): number => Math.max(0, this.#needed.contextTokens - this.#needed.answerTokens);

  tools = (): boolean => this.#needed.tools;

  images = (): boolean => this.#needed.vision;

  lastUserText = (): string => {
    const last = this.#read?.messages.findLast(({ role }) => role === 'user');
    if (last?.role !== 'user') return '';
    return last.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  };

  effort = (): ReturnType<AutoFacts['effort']> => this.#read?.reasoning?.effort ?? null;

  get #needed(): RequestNeeds {
    return (this.#needs ??= this.#conversation.needs());
  }

  get #read(): CanonicalRequest | null {
    if (this.#request === 'unread') this.#request = readable(this.#conversation);
    return this.#request;
  }
}

function readable(conversation: Conversation): CanonicalRequest | null {
  if (conversation.relayHead !== null || conversation.face.front === null) return null;
  try {
    return conversation.request;
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
}
