import type { Deployment, Group, TagRules } from './group.ts';

type TaggedGroup = Pick<Group, 'deployments' | 'tagRules'>;

/** What the tags of a request ask of a deployment. */
export interface TagWish {
  /** `!us`: none of its tags may be one of these. */
  readonly banned: readonly string[];
  /** `&hipaa`: it must have all of these. */
  readonly required: readonly string[];
  /** It must have one of these, or all of them, as the rules of the group have it; empty: any will do. */
  readonly wanted: readonly string[];
  readonly match: TagRules['match'];
}

const DEFAULT_TAG = 'default';
const NOTHING: readonly string[] = [];

/**
 * What tags ask for in a group; `null`: nothing. A request that asks for `pii` goes to what is tagged `pii` or nowhere,
 * whether that is well or not. Only where the rules say `failOpen` are wishes forgotten that nobody of the group meets;
 * what is required or banned never is.
 */
export function tagWish(tags: readonly string[], { deployments, tagRules }: TaggedGroup): TagWish | null {
  if (tags.length === 0) return null;
  const wish = readTags(tags, tagRules);
  if (wish.banned.length + wish.required.length + wish.wanted.length === 0) return null;
  const isOpen = tagRules.failOpen && !deployments.some(({ terms }) => isWanted(terms.tags, wish));
  return isOpen ? { ...wish, wanted: NOTHING } : wish;
}

/** Whether a deployment is tagged as the request asks. One without tags is banned by none. */
export function meetsTags({ terms: { tags } }: Deployment, wish: TagWish): boolean {
  return (
    !wish.banned.some((tag) => tags.includes(tag)) &&
    wish.required.every((tag) => tags.includes(tag)) &&
    isWanted(tags, wish)
  );
}

/**
 * Whether those tagged `default` come first: requests that ask for no tag are theirs. The others stand in when none of
 * those can answer, as in LiteLLM.
 */
export function prefersDefault(wish: TagWish | null): boolean {
  return wish === null || wish.wanted.length + wish.required.length === 0;
}

export function isDefault({ terms }: Deployment): boolean {
  return terms.tags.includes(DEFAULT_TAG);
}

/** Why the tags of a request keep it from a deployment, in words. */
export function tagTrouble({ terms: { tags } }: Deployment, wish: TagWish): string {
  const banned = wish.banned.find((tag) => tags.includes(tag));
  if (banned !== undefined) return `it is tagged ${banned}, and the request says !${banned}`;
  const lacking = wish.required.find((tag) => !tags.includes(tag));
  if (lacking !== undefined) return `it is not tagged ${lacking}, and the request says &${lacking}`;
  const wanted = wish.wanted.join(', ');
  if (wish.wanted.length === 1) return `it is not tagged ${wanted}`;
  return wish.match === 'any' ? `it has none of the tags ${wanted}` : `it has not all of the tags ${wanted}`;
}

function readTags(tags: readonly string[], { prefix, match }: TagRules): TagWish {
  const [banned, required, wanted]: [string[], string[], string[]] = [[], [], []];
  for (const tag of tags) {
    const plain = withoutPrefix(tag, prefix);
    if (plain === null) continue;
    const name = plain.slice(1);
    if (plain.startsWith('!')) banned.push(name);
    else if (plain.startsWith('&')) required.push(name);
    else wanted.push(plain);
  }
  return { banned: banned.filter(isNamed), required: required.filter(isNamed), wanted: wanted.filter(isNamed), match };
}

/** `route:!us` and `!route:us` both mean `!us`; `null`: the tag has another purpose than routing. */
function withoutPrefix(tag: string, prefix: string): string | null {
  if (tag.startsWith(prefix)) return tag.slice(prefix.length);
  const mark = tag.startsWith('!') || tag.startsWith('&') ? tag.slice(0, 1) : '';
  return mark !== '' && tag.startsWith(prefix, 1) ? mark + tag.slice(1 + prefix.length) : null;
}

function isNamed(tag: string): boolean {
  return tag !== '';
}

function isWanted(tags: readonly string[], { wanted, match }: TagWish): boolean {
  if (wanted.length === 0) return true;
  return match === 'any' ? wanted.some((tag) => tags.includes(tag)) : wanted.every((tag) => tags.includes(tag));
}
