import { describe, expect, it } from 'vitest';
import type { DeploymentTerms } from '../../src/canonical/deployment.ts';
import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import type { RequestNeeds } from '../../src/canonical/request-needs.ts';
import { UNKNOWN_LIMITS } from '../../src/canonical/target.ts';
import type { Target } from '../../src/canonical/target.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import type { RejectionCause } from '../../src/routing/rejection.ts';
import { select } from '../../src/routing/select.ts';
import type { Selection } from '../../src/routing/select.ts';
import { askedFor, busy, cooled, deployment, groupOf, NOON } from '../helpers/groups.ts';
import { cloudEndpoint } from '../helpers/routes.ts';

const NOBODY: ReadonlySet<string> = new Set();

/** The id of the chosen one, or the cause that there is none. */
function outcome(selection: Selection): string {
  return selection.kind === 'chosen' ? selection.deployment.id : `none: ${selection.cause}`;
}

function prompt(tokens: number, answerTokens = 0): Partial<RequestNeeds> {
  return { contextTokens: tokens + answerTokens, answerTokens };
}

describe('pre-call checks', () => {
  const local = (dialect: 'ollama' | 'openai-chat'): Partial<Target> => ({
    via: { kind: 'network', endpoint: cloudEndpoint('here', { dialect }) },
  });

  it.each<[string, Partial<Target>, Partial<RequestNeeds>, RejectionCause | null]>([
    ['nothing is known of it', {}, { ...prompt(1e6), tools: true, vision: true }, null],
    ['it calls tools', { capabilities: ['chat', 'tools'] }, { tools: true }, null],
    ['it calls none', { capabilities: ['chat'] }, { tools: true }, 'capability'],
    ['it calls none, and need not', { capabilities: ['chat'] }, {}, null],
    ['it sees images', { capabilities: ['vision'] }, { vision: true }, null],
    ['it sees none', { capabilities: ['chat', 'tools'] }, { vision: true, tools: true }, 'capability'],
    ['the prompt just fits', { limits: { ...UNKNOWN_LIMITS, contextTokens: 8192 } }, prompt(8192), null],
    ['the prompt is too long', { limits: { ...UNKNOWN_LIMITS, contextTokens: 8192 } }, prompt(8193), 'context'],
    ['the answer may be cut', { limits: { ...UNKNOWN_LIMITS, contextTokens: 8192 } }, prompt(8000, 64_000), null],
    [
      'a server keeps the window that it has loaded',
      { ...local('openai-chat'), limits: { ...UNKNOWN_LIMITS, contextTokens: 131_072, loadedContextTokens: 4096 } },
      prompt(5000),
      'context',
    ],
    [
      'Ollama makes it larger',
      { ...local('ollama'), limits: { ...UNKNOWN_LIMITS, contextTokens: 131_072, loadedContextTokens: 4096 } },
      prompt(5000),
      null,
    ],
    [
      'Ollama makes it no larger than the model takes',
      { ...local('ollama'), limits: { ...UNKNOWN_LIMITS, contextTokens: 8192, loadedContextTokens: 4096 } },
      prompt(9000),
      'context',
    ],
  ])('%s', (_, target, needs, cause) => {
    const only = groupOf([deployment('only', { target })]);
    const asked = askedFor({ needs });
    expect(outcome(select(only, NOBODY, new HealthBook(), asked))).toBe(cause === null ? 'only' : `none: ${cause}`);
    const unchecked = groupOf(only.deployments, { preCallChecks: false });
    expect(outcome(select(unchecked, NOBODY, new HealthBook(), asked))).toBe('only');
  });

  it('takes the next one that fits', () => {
    const small = deployment('small', { target: { limits: { ...UNKNOWN_LIMITS, contextTokens: 1000 } } });
    const blind = deployment('blind', { target: { capabilities: ['chat'] } });
    const group = groupOf([small, blind, deployment('able')]);
    expect(
      outcome(select(group, NOBODY, new HealthBook(), askedFor({ needs: { ...prompt(2000), vision: true } }))),
    ).toBe('able');
  });

  it('does not read a request for a group of which nothing is known', () => {
    const asked = {
      ...askedFor(),
      needs: () => {
        throw new Error('read in vain');
      },
    };
    const group = groupOf([deployment('a', { requestsPerMinute: 3, maxParallel: 2 }), deployment('b')]);
    expect(outcome(select(group, NOBODY, new HealthBook(), asked))).toBe('a');
  });

  it('reads a request once', () => {
    let times = 0;
    const asked = { ...askedFor(), needs: () => ({ ...PLAIN_CHAT, contextTokens: ++times }) };
    const limits = { ...UNKNOWN_LIMITS, contextTokens: 1000 };
    const price = { inputPico: 1, outputPico: 1 };
    const group = groupOf([
      deployment('a', { target: { limits }, price }),
      deployment('b', { tokensPerMinute: 10, price }),
    ]);
    select({ ...group, strategy: 'cost' }, NOBODY, new HealthBook(), asked, { explain: true });
    expect(times).toBe(1);
  });

  it('lets the one with the largest window try when nobody else is left, since prompts are only guessed', () => {
    const limited = (id: string, contextTokens: number, terms: Partial<DeploymentTerms> = {}) =>
      deployment(id, { target: { limits: { ...UNKNOWN_LIMITS, contextTokens } }, ...terms });
    const group = groupOf([
      limited('small', 1000),
      limited('large', 2000),
      limited('largest', 4000, { maxParallel: 0 }),
    ]);
    const asked = askedFor({ needs: prompt(5000) });
    expect(outcome(select(group, NOBODY, new HealthBook(), asked))).toBe('none: context');
    expect(outcome(select(group, NOBODY, new HealthBook(), asked, { lastResort: true }))).toBe('large');
    expect(outcome(select(group, new Set(['large']), new HealthBook(), asked, { lastResort: true }))).toBe('small');
    const full = groupOf([limited('small', 1000), deployment('full', { requestsPerMinute: 0 })]);
    expect(outcome(select(full, NOBODY, new HealthBook(), asked, { lastResort: true }))).toBe('none: rate');
    const blind = groupOf([deployment('blind', { target: { capabilities: ['chat'] } })]);
    const seeing = askedFor({ needs: { vision: true } });
    expect(outcome(select(blind, NOBODY, new HealthBook(), seeing, { lastResort: true }))).toBe('none: capability');
  });
});

describe('regions', () => {
  const group = groupOf([
    deployment('us', { region: 'us-east-1' }),
    deployment('eu', { region: 'eu-central-1' }),
    deployment('any'),
  ]);

  it.each<[string | null, string]>([
    [null, 'us'],
    ['eu', 'eu'],
    ['eu-central-1', 'eu'],
    ['ap', 'none: region'],
  ])('%s: %s', (region, expected) => {
    expect(outcome(select(group, NOBODY, new HealthBook(), askedFor({ region })))).toBe(expected);
  });

  it('are named where they are wrong or not known', () => {
    expect(select(group, NOBODY, new HealthBook(), askedFor({ region: 'ap' }))).toMatchObject({
      rejections: [
        { why: 'it computes in us-east-1, and only ap may' },
        { why: 'it computes in eu-central-1, and only ap may' },
        { why: 'nobody says where it computes, and only ap may' },
      ],
    });
  });
});

describe('rates', () => {
  const [rpm, tpm] = [deployment('rpm', { requestsPerMinute: 2 }), deployment('tpm', { tokensPerMinute: 1000 })];

  it.each<[string, number, number, number, string]>([
    ['room for one request', 1, 0, 0, 'rpm'],
    ['no room for a request', 2, 0, 0, 'tpm'],
    ['the tokens just fit', 2, 600, 400, 'tpm'],
    ['the tokens do not fit', 2, 600, 401, 'none: rate'],
    ['more than any minute holds, and the minute is empty', 2, 0, 5000, 'tpm'],
  ])('%s', (_, requests, usedTokens, promptTokens, expected) => {
    const book = new HealthBook();
    busy(book, rpm, requests);
    if (usedTokens > 0) busy(book, tpm, 1, usedTokens);
    expect(outcome(select(groupOf([rpm, tpm]), NOBODY, book, askedFor({ needs: prompt(promptTokens) })))).toBe(
      expected,
    );
  });

  it('are full until enough of the minute has gone, and that is told beforehand', () => {
    for (const group of [groupOf([rpm]), groupOf([tpm]), groupOf([rpm, tpm])]) {
      const book = new HealthBook();
      busy(book, rpm, 1, 0, NOON - 50_000);
      busy(book, rpm, 1, 0, NOON - 20_000);
      busy(book, tpm, 1, 700, NOON - 40_000);
      busy(book, tpm, 1, 200, NOON - 10_000);
      const asked = askedFor({ needs: prompt(200) });
      const selection = select(group, NOBODY, book, asked);
      if (selection.kind === 'chosen' || selection.retryAtMs === null) throw new Error('a full one was chosen');
      const { retryAtMs } = selection;
      expect(retryAtMs).toBeGreaterThan(NOON);
      expect(retryAtMs).toBeLessThanOrEqual(NOON + 25_000);
      expect(select(group, NOBODY, book, { ...asked, now: retryAtMs })).toMatchObject({ kind: 'chosen' });
    }
  });

  it('are told in numbers', () => {
    const book = new HealthBook();
    busy(book, rpm, 2);
    busy(book, tpm, 1, 900);
    expect(select(groupOf([rpm, tpm]), NOBODY, book, askedFor({ needs: prompt(101) }))).toMatchObject({
      rejections: [
        { why: 'it had 2 of its 2 requests of a minute' },
        { why: 'it had 900 of its 1000 tokens of a minute, and this request takes about 101' },
      ],
    });
  });
});

describe('requests at once', () => {
  it('go elsewhere when there are too many, and nobody knows when there is room', () => {
    const narrow = deployment('narrow', { maxParallel: 2 });
    const book = new HealthBook();
    busy(book, narrow, 1);
    const group = groupOf([narrow, deployment('wide')]);
    expect(outcome(select(group, NOBODY, book, askedFor()))).toBe('narrow');
    busy(book, narrow, 1);
    expect(outcome(select(group, NOBODY, book, askedFor()))).toBe('wide');
    expect(select(groupOf([narrow]), NOBODY, book, askedFor(), { lastResort: true })).toMatchObject({
      kind: 'none',
      cause: 'parallel',
      retryAtMs: null,
      rejections: [{ why: 'it has 2 requests under way, and may have 2' }],
    });
  });
});

describe('those that are left alone', () => {
  const [a, b, c] = [deployment('a'), deployment('b'), deployment('c')];
  const group = groupOf([a, b, c]);

  it('are not chosen while another can answer', () => {
    const book = new HealthBook();
    cooled(book, a, 5000);
    expect(outcome(select(group, NOBODY, book, askedFor()))).toBe('b');
    expect(outcome(select(group, NOBODY, book, askedFor({ now: NOON + 5000 })))).toBe('a');
  });

  it('are chosen for nobody else, as a last resort only: the one that is back first', () => {
    const book = new HealthBook();
    cooled(book, a, 9000);
    cooled(book, b, 5000);
    book.probed('c', false);
    expect(select(group, NOBODY, book, askedFor())).toMatchObject({
      kind: 'none',
      cause: 'cooldown',
      retryAtMs: NOON + 5000,
      rejections: [
        { why: 'it is left alone for 9 s after it failed: answered 429' },
        { why: 'it is left alone for 5 s after it failed: answered 429' },
        { why: 'its server does not answer' },
      ],
    });
    const inTurn = (tried: readonly string[]) =>
      outcome(select(group, new Set(tried), book, askedFor(), { lastResort: true }));
    expect([inTurn([]), inTurn(['b']), inTurn(['a', 'b']), inTurn(['a', 'b', 'c'])]).toEqual([
      'b',
      'a',
      'c',
      'none: tried',
    ]);
  });

  it('are chosen as the only one of a group, unless it is known to be down', () => {
    const book = new HealthBook();
    cooled(book, a, 5000);
    expect(outcome(select(groupOf([a]), NOBODY, book, askedFor()))).toBe('a');
    expect(outcome(select(groupOf([a]), new Set(['a']), book, askedFor()))).toBe('none: tried');
    book.probed('b', false);
    expect(outcome(select(groupOf([b]), NOBODY, book, askedFor()))).toBe('none: cooldown');
    expect(outcome(select(groupOf([b]), NOBODY, book, askedFor(), { lastResort: true }))).toBe('b');
  });

  it('are never a last resort for a request that their tags or region keep out', () => {
    const book = new HealthBook();
    cooled(book, a, 5000);
    const keptOut = [askedFor({ tags: ['pii'] }), askedFor({ region: 'eu' })];
    expect(keptOut.map((asked) => outcome(select(groupOf([a]), NOBODY, book, asked, { lastResort: true })))).toEqual([
      'none: tags',
      'none: region',
    ]);
  });
});

describe('the order of looking', () => {
  it('takes the lowest order that is left', () => {
    const group = groupOf([deployment('backup', { order: 2 }), deployment('main', { order: 1 })]);
    const book = new HealthBook();
    expect(outcome(select(group, NOBODY, book, askedFor()))).toBe('main');
    expect(outcome(select(group, new Set(['main']), book, askedFor()))).toBe('backup');
  });

  it('says what stopped the one that came furthest', () => {
    const pii = { tags: ['pii'] };
    const all = {
      tags: deployment('tags'),
      region: deployment('region', pii),
      capability: deployment('capability', { ...pii, region: 'eu', target: { capabilities: ['chat'] } }),
      context: deployment('context', {
        ...pii,
        region: 'eu',
        target: { limits: { ...UNKNOWN_LIMITS, contextTokens: 100 } },
      }),
      rate: deployment('rate', { ...pii, region: 'eu', requestsPerMinute: 1 }),
      parallel: deployment('parallel', { ...pii, region: 'eu', maxParallel: 1 }),
      cooldown: deployment('cooldown', { ...pii, region: 'eu' }),
      tried: deployment('tried', { ...pii, region: 'eu' }),
    };
    const book = new HealthBook();
    busy(book, all.rate, 1);
    busy(book, all.parallel, 1);
    cooled(book, all.cooldown, 5000);
    const asked = askedFor({ tags: ['pii'], region: 'eu', needs: { ...prompt(200), tools: true } });
    const inOrder = Object.values(all);
    const causes = inOrder.map((_, index) => {
      const selection = select(groupOf(inOrder.slice(0, index + 1)), new Set(['tried']), book, asked);
      return selection.kind === 'none' ? selection.cause : 'chosen';
    });
    expect(causes).toEqual(Object.keys(all));
    const selection = select(groupOf(inOrder), new Set(['tried']), book, asked);
    expect(selection.rejections.map(({ deployment: { id }, cause }) => [id, cause])).toEqual(
      Object.keys(all).map((cause) => [cause, cause]),
    );
  });

  it('tells who was left out of a choice when it is asked to', () => {
    const [first, second] = [deployment('first', { requestsPerMinute: 0 }), deployment('second')];
    const group = groupOf([first, second]);
    expect(select(group, NOBODY, new HealthBook(), askedFor(), { explain: true })).toMatchObject({
      deployment: { id: 'second' },
      rejections: [{ deployment: { id: 'first' }, cause: 'rate' }],
    });
  });
});

describe('a conversation', () => {
  const group = groupOf([deployment('a'), deployment('b'), deployment('late', { order: 2 })]);

  it.each<[string, string, readonly string[], boolean, string]>([
    ['stays where it was', 'b', [], true, 'b'],
    ['moves when that one has failed', 'b', ['b'], true, 'a'],
    ['moves to a lower order', 'late', [], true, 'a'],
    ['moves where nobody wants it to stay', 'b', [], false, 'a'],
    ['begins anew where its deployment is gone', 'gone', [], true, 'a'],
  ])('%s', (_, stickTo, tried, sticky, expected) => {
    expect(outcome(select({ ...group, sticky }, new Set(tried), new HealthBook(), askedFor({ stickTo })))).toBe(
      expected,
    );
  });

  it('moves while its deployment is left alone', () => {
    const book = new HealthBook();
    cooled(book, deployment('b'), 5000);
    expect(outcome(select(group, NOBODY, book, askedFor({ stickTo: 'b' })))).toBe('a');
  });
});
