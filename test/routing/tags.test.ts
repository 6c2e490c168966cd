import { describe, expect, it } from 'vitest';
import { DEFAULT_TAG_RULES } from '../../src/routing/group.ts';
import type { TagRules } from '../../src/routing/group.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { select } from '../../src/routing/select.ts';
import { askedFor, cooled, deployment, groupOf } from '../helpers/groups.ts';

const DEPLOYMENTS = {
  pii: deployment('pii', { tags: ['pii', 'eu'] }),
  us: deployment('us', { tags: ['us'] }),
  both: deployment('both', { tags: ['us', 'eu'] }),
  plain: deployment('plain'),
  default: deployment('default', { tags: ['default'] }),
};
type Name = keyof typeof DEPLOYMENTS;

/** Those that a request with these tags can come to, whichever of them are out of order. */
function reachable(names: readonly Name[], tags: readonly string[], rules: Partial<TagRules> = {}): readonly string[] {
  const group = groupOf(
    names.map((name) => DEPLOYMENTS[name]),
    { tagRules: { ...DEFAULT_TAG_RULES, ...rules } },
  );
  const found: string[] = [];
  for (;;) {
    const selection = select(group, new Set(found), new HealthBook(), askedFor({ tags }));
    if (selection.kind === 'none') return found;
    found.push(selection.deployment.id);
  }
}

describe('tags of a request', () => {
  it.each<[string, readonly Name[], readonly string[], readonly string[]]>([
    ['one goes to those that have it', ['plain', 'pii', 'both'], ['eu'], ['pii', 'both']],
    ['and to nobody where nobody has it', ['plain', 'us'], ['pii'], []],
    ['not even to a default one', ['default', 'us'], ['pii'], []],
    ['any of several is enough', ['plain', 'pii', 'us'], ['pii', 'us'], ['pii', 'us']],
    ['a banned one keeps out who has it', ['us', 'plain', 'both', 'pii'], ['!us'], ['plain', 'pii']],
    ['a required one keeps out who has it not', ['us', 'plain', 'both'], ['&eu'], ['both']],
    ['all that are required count', ['us', 'pii', 'both'], ['&eu', '&us'], ['both']],
    ['what is banned is banned for who is wanted too', ['pii', 'both'], ['eu', '!us'], ['pii']],
    ['none: all may answer, as in LiteLLM', ['us', 'plain', 'pii'], [], ['us', 'plain', 'pii']],
    ['none: the default one comes first', ['us', 'default', 'pii'], [], ['default', 'us', 'pii']],
    ['a ban alone: the default one comes first', ['plain', 'us', 'default'], ['!us'], ['default', 'plain']],
    ['a required one: the default one is nobody special', ['default', 'us'], ['&us'], ['us']],
    ['default is a tag like others', ['plain', 'default'], ['default'], ['default']],
    ['marks without a name ask for nothing', ['us', 'plain'], ['!', '&', ''], ['us', 'plain']],
    ['capital letters make another tag', ['pii'], ['PII'], []],
  ])('%s', (_, names, tags, expected) => {
    expect(reachable(names, tags)).toEqual(expected);
  });

  it.each<[string, Partial<TagRules>, readonly Name[], readonly string[], readonly string[]]>([
    ['match all: all are needed', { match: 'all' }, ['pii', 'both', 'us'], ['us', 'eu'], ['both']],
    ['match all: more of its own do no harm', { match: 'all' }, ['pii', 'both'], ['eu'], ['pii', 'both']],
    ['fail open: as without tags where nobody matches', { failOpen: true }, ['us', 'plain'], ['pii'], ['us', 'plain']],
    ['fail open: the default one first', { failOpen: true }, ['us', 'default'], ['pii'], ['default', 'us']],
    ['fail open: not where somebody matches', { failOpen: true }, ['us', 'pii'], ['pii'], ['pii']],
    ['fail open: bans stay', { failOpen: true }, ['us', 'plain'], ['pii', '!us'], ['plain']],
    ['fail open: what is required stays', { failOpen: true }, ['us', 'plain'], ['pii', '&eu'], []],
    ['a prefix: others do not count', { prefix: 'route:' }, ['us', 'plain'], ['team-a', 'pii'], ['us', 'plain']],
    ['a prefix: it is no part of the tag', { prefix: 'route:' }, ['us', 'pii'], ['team-a', 'route:pii'], ['pii']],
    ['a prefix before the mark', { prefix: 'route:' }, ['us', 'pii'], ['route:!us'], ['pii']],
    ['a prefix behind the mark', { prefix: 'route:' }, ['us', 'pii'], ['&route:pii'], ['pii']],
    ['a prefix: other marks do not count', { prefix: 'route:' }, ['us', 'pii'], ['!us'], ['us', 'pii']],
  ])('%s', (_, rules, names, tags, expected) => {
    expect(reachable(names, tags, rules)).toEqual(expected);
  });

  it('are met by nobody else when those that meet them are out of order, even where they may fail open', () => {
    const book = new HealthBook();
    cooled(book, DEPLOYMENTS.pii, 5000);
    const tagRules = { ...DEFAULT_TAG_RULES, failOpen: true };
    const group = groupOf([DEPLOYMENTS.pii, DEPLOYMENTS.default], { tagRules });
    expect(select(group, new Set(), book, askedFor({ tags: ['pii'] }))).toMatchObject({
      kind: 'none',
      cause: 'cooldown',
    });
  });

  it('find others when the default ones are out of order, where they ask for nothing', () => {
    const book = new HealthBook();
    cooled(book, DEPLOYMENTS.default, 5000);
    const group = groupOf([DEPLOYMENTS.default, DEPLOYMENTS.us]);
    expect(select(group, new Set(), book, askedFor())).toMatchObject({ deployment: { id: 'us' } });
  });

  it.each<[Name, readonly string[], Partial<TagRules>, string]>([
    ['us', ['!us'], {}, 'it is tagged us, and the request says !us'],
    ['us', ['&pii'], {}, 'it is not tagged pii, and the request says &pii'],
    ['us', ['pii'], {}, 'it is not tagged pii'],
    ['us', ['pii', 'eu'], {}, 'it has none of the tags pii, eu'],
    ['us', ['us', 'eu'], { match: 'all' }, 'it has not all of the tags us, eu'],
  ])('that %s does not have are named: %j', (name, tags, rules, why) => {
    const group = groupOf([DEPLOYMENTS[name]], { tagRules: { ...DEFAULT_TAG_RULES, ...rules } });
    const selection = select(group, new Set(), new HealthBook(), askedFor({ tags }));
    expect(selection).toMatchObject({ kind: 'none', cause: 'tags', retryAtMs: null, rejections: [{ why }] });
  });
});
