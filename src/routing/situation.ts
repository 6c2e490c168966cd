import type { RequestNeeds } from '../canonical/request-needs.ts';
import type { Asked } from './asked.ts';
import type { Deployment, Group } from './group.ts';
import type { HealthBook } from './health-book.ts';
import { tagWish } from './tags.ts';
import type { TagWish } from './tags.ts';

/** At least one, in the order of the file. */
export type Candidates = readonly [Deployment, ...Deployment[]];

/** One of several, and why this one, in a few words. */
export interface Choice {
  readonly deployment: Deployment;
  readonly reason: string;
}

/** All that one choice goes by: the group, what is known of its deployments, and the request. */
export class Situation {
  readonly group: Group;
  readonly book: HealthBook;
  readonly asked: Asked;
  /** `null`: the request has no tags that count. */
  readonly wish: TagWish | null;
  #needs: RequestNeeds | null = null;

  constructor(group: Group, book: HealthBook, asked: Asked) {
    this.group = group;
    this.book = book;
    this.asked = asked;
    this.wish = tagWish(asked.tags, group);
  }

  /** Reading a request for what it needs takes longer than all else here, so it is done once, and only if it counts. */
  get needs(): RequestNeeds {
    this.#needs ??= this.asked.needs();
    return this.#needs;
  }

  /** Whether the prompt takes more tokens than these, counted or guessed. */
  takesMoreThan(tokens: number): boolean {
    return this.asked.surelyTakesAtMost?.(tokens) !== true && this.promptTokens > tokens;
  }

  /** Tokens of the prompt, counted or guessed. */
  get promptTokens(): number {
    const { contextTokens, answerTokens } = this.needs;
    return Math.max(0, contextTokens - answerTokens);
  }
}

export function isFilled(list: readonly Deployment[]): list is Candidates {
  return list.length > 0;
}
