import type { Message, ToolResult } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import { cachePoints } from './cache.ts';
import { assistantTurn, missingResult, resultBlock, resultContent, textBlocks, userBlocks } from './content.ts';
import type { AssistantTurn, Blocks } from './content.ts';
import type { Block, SystemBlock, Turn } from './wire.ts';

/** What stands where a user has to speak and did not. */
const NOTHING_SAID = '…';

export interface EncodedTurns {
  readonly system: SystemBlock[];
  readonly messages: Turn[];
}

/**
 * The messages as Converse wants them: the system apart, users and assistants in turns, a user first, the results of
 * an assistant's calls at the beginning of the turn after it, one for each call.
 */
export function encodeTurns(messages: readonly Message[], blocks: Blocks): EncodedTurns {
  const turns = new Turns(blocks);
  messages.forEach((message, index) => turns.add(message, `messages[${index}]`));
  return turns.end();
}

class Turns {
  readonly #blocks: Blocks;
  readonly #system: SystemBlock[] = [];
  readonly #turns: Turn[] = [];
  /** The calls of the assistant's turn that are not answered yet; some clients give two of them one id. */
  #open: { readonly id: string; readonly sent: string }[] = [];
  #results: Block[] = [];
  #said: Block[] = [];
  #hasBegun = false;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  add(message: Message, path: string): void {
    switch (message.role) {
      case 'system':
        this.#addSystem(message.content.map(({ text, cache }) => ({ text, cache })));
        return;
      case 'user':
        this.#hasBegun = true;
        message.content.forEach((part, index) => {
          this.#said.push(...userBlocks(part, `${path}.content[${index}]`, this.#blocks));
        });
        return;
      case 'tool':
        this.#hasBegun = true;
        message.results.forEach((result, index) => this.#addResult(result, `${path}.results[${index}]`));
        return;
      case 'assistant':
        this.#hasBegun = true;
        this.#addAssistant(assistantTurn(message.content, this.#blocks));
        return;
      default:
        unreachable(message);
    }
  }

  end(): EncodedTurns {
    this.#endUser(false);
    trimPrefill(this.#turns.at(-1));
    return { system: this.#system, messages: this.#turns };
  }

  /** In the middle it stays where it is, or the cached beginning of the prompt would be another each time. */
  #addSystem(texts: readonly { readonly text: string; readonly cache: '5m' | '1h' | null }[]): void {
    const { model, dropped } = this.#blocks;
    for (const { text, cache } of texts) {
      const said = textBlocks(text);
      if (said.length === 0) continue;
      const points = cachePoints(cache, model, dropped);
      if (!this.#hasBegun) this.#system.push(...said, ...points);
      else this.#said.push({ text: `<system-reminder>\n${text}\n</system-reminder>` }, ...points);
    }
  }

  /** A result of no call is told as what it says: Bedrock would refuse it. */
  #addResult(result: ToolResult, path: string): void {
    const call = this.#open.find(({ id }) => id === result.callId);
    if (call === undefined) {
      this.#said.push(...resultContent(result.content, path, this.#blocks));
      return;
    }
    this.#open = this.#open.filter((one) => one !== call);
    const { model, dropped } = this.#blocks;
    const points = cachePoints(result.cache, model, dropped);
    this.#results.push(resultBlock(result, call.sent, path, this.#blocks), ...points);
  }

  #addAssistant({ content, calls }: AssistantTurn): void {
    if (content.length === 0) return;
    const before = this.#turns.at(-1);
    const isSilent = this.#said.length === 0 && this.#results.length === 0;
    if (before?.role === 'assistant' && isSilent) before.content.push(...content);
    else {
      this.#endUser(true);
      this.#turns.push({ role: 'assistant', content });
    }
    this.#open.push(...calls);
  }

  /** `isNeeded`: an assistant speaks next. */
  #endUser(isNeeded: boolean): void {
    const missing = this.#open.map(({ sent }) => missingResult(sent));
    const content = [...this.#results, ...missing, ...this.#said];
    this.#open = [];
    this.#results = [];
    this.#said = [];
    if (content.length > 0) this.#turns.push({ role: 'user', content: withText(content) });
    else if (this.#turns.length === 0 || (isNeeded && this.#turns.at(-1)?.role === 'assistant')) {
      this.#turns.push({ role: 'user', content: [{ text: NOTHING_SAID }] });
    }
  }
}

/** A document needs a text beside it (API_runtime_DocumentBlock). */
function withText(content: Block[]): Block[] {
  const hasDocument = content.some((block) => 'document' in block);
  const hasText = content.some((block) => 'text' in block);
  return hasDocument && !hasText ? [...content, { text: NOTHING_SAID }] : content;
}

/** An answer that is to be continued may not end in blanks. */
function trimPrefill(turn: Turn | undefined): void {
  if (turn?.role !== 'assistant') return;
  const last = turn.content.at(-1);
  if (last !== undefined && 'text' in last) turn.content[turn.content.length - 1] = { text: last.text.trimEnd() };
}
