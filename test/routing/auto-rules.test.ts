import { describe, expect, it } from 'vitest';
import type { Effort } from '../../src/canonical/request.ts';
import { compileRules, ruleFor } from '../../src/routing/auto-rules.ts';
import type { AutoCondition, AutoFacts, AutoRule } from '../../src/routing/auto-rules.ts';

const NO_CONDITION: AutoCondition = {
  tokensOver: null,
  tokensUnder: null,
  tools: null,
  images: null,
  words: [],
  effort: null,
};

interface Request {
  readonly promptTokens?: number;
  readonly tools?: boolean;
  readonly images?: boolean;
  readonly text?: string;
  readonly effort?: Effort | null;
}

function factsOf({ promptTokens = 100, tools = false, images = false, text = '', effort = null }: Request): AutoFacts {
  return {
    promptTokens: () => promptTokens,
    tools: () => tools,
    images: () => images,
    lastUserText: () => text,
    effort: () => effort,
  };
}

function rule(use: string, when: Partial<AutoCondition> | null = null): AutoRule {
  return { use, when: when === null ? null : { ...NO_CONDITION, ...when } };
}

function taken(rules: readonly AutoRule[], request: Request): string | null {
  const found = ruleFor(compileRules(rules), factsOf(request));
  return found === null ? null : `${found.use} (${found.why})`;
}

describe('a rule', () => {
  it.each<[Partial<AutoCondition>, Request, string | null]>([
    [{ tokensOver: 8000 }, { promptTokens: 8001 }, 'more than 8000 tokens'],
    [{ tokensOver: 8000 }, { promptTokens: 8000 }, null],
    [{ tokensUnder: 200 }, { promptTokens: 199 }, 'fewer than 200 tokens'],
    [{ tokensUnder: 200 }, { promptTokens: 200 }, null],
    [{ tokensOver: 10, tokensUnder: 20 }, { promptTokens: 15 }, 'more than 10 and fewer than 20 tokens'],
    [{ tokensOver: 10, tokensUnder: 20 }, { promptTokens: 25 }, null],
    [{ tools: true }, { tools: true }, 'tools'],
    [{ tools: true }, {}, null],
    [{ tools: false }, {}, 'no tools'],
    [{ tools: false }, { tools: true }, null],
    [{ images: true }, { images: true }, 'images'],
    [{ images: true }, { tools: true }, null],
    [{ effort: 'high' }, { effort: 'high' }, 'effort high'],
    [{ effort: 'high' }, { effort: 'max' }, 'effort max'],
    [{ effort: 'high' }, { effort: 'medium' }, null],
    [{ effort: 'high' }, {}, null],
    [
      { tools: true, tokensOver: 50, effort: 'low' },
      { tools: true, effort: 'low' },
      'effort low, tools, more than 50 tokens',
    ],
    [{ tools: true, tokensOver: 500 }, { tools: true }, null],
    [{}, {}, ''],
  ])('%j of %j', (when, request, why) => {
    expect(taken([rule('strong', when)], request)).toBe(why === null ? null : `strong (rule 1: ${why})`);
  });

  it.each<[readonly string[], string, string | null]>([
    [['prove', 'refactor'], 'Please refactor this', 'refactor'],
    [['prove'], 'PROVE it!', 'prove'],
    [['prove'], 'prove', 'prove'],
    [['prove'], 'That is proven to improve.', null],
    [['prove'], 'prove_it', null],
    [['c++'], 'write C++, fast', 'c++'],
    [['c'], 'write c2', null],
    [['.*'], 'anything', null],
    [['step by step'], 'go step\n  by step.', 'step by step'],
    [['größe'], 'Die GRÖSSE und die Größe', 'größe'],
    [['größe'], 'Übergröße', null],
    [['und'], 'Spaß und Glück', 'und'],
    [['証明'], '「証明」して', '証明'],
    [['cafe\u0301'], 'Caf\u00e9', 'caf\u00e9'],
    [['caf\u00e9'], 'cafe\u0301', 'caf\u00e9'],
    [['cafe'], 'cafe\u0301', null],
    [['\u0915'], '\u0915\u093f', null],
    [['', ' '], 'anything', null],
    [['prove'], '', null],
  ])('looks for the words %j in %j', (words, text, found) => {
    const why = found === null ? null : `strong (rule 1: the word ${found})`;
    expect(taken([rule('strong', { words })], { text })).toBe(why);
  });

  it('finds a word at either end of a text of any length, and does not search all that was pasted between', () => {
    const pasted = 'prov '.repeat(30_000);
    const rules = [rule('strong', { words: ['prove', 'step by step'] })];
    expect(taken(rules, { text: `prove this: ${pasted}${pasted}` })).toMatch(/^strong/);
    expect(taken(rules, { text: `${pasted}${pasted} step by step` })).toMatch(/^strong/);
    expect(taken(rules, { text: `${pasted}prove${pasted}` })).toBeNull();
  });
});

describe('a list of rules', () => {
  const rules = [rule('vision', { images: true }), rule('strong', { tokensOver: 1000 }), rule('cheap'), rule('never')];

  it.each<[Request, string]>([
    [{ images: true, promptTokens: 5000 }, 'vision (rule 1: images)'],
    [{ promptTokens: 5000 }, 'strong (rule 2: more than 1000 tokens)'],
    [{}, 'cheap (rule 3: always)'],
  ])('takes the first that holds: %j', (request, expected) => {
    expect(taken(rules, request)).toBe(expected);
  });

  it('works out nothing that no rule asks for, and nothing dear before what is cheap', () => {
    const facts: AutoFacts = {
      ...factsOf({ effort: 'low' }),
      promptTokens: () => {
        throw new Error('counted in vain');
      },
      lastUserText: () => {
        throw new Error('read in vain');
      },
    };
    const list = [rule('strong', { effort: 'high', tokensOver: 10, words: ['prove'] }), rule('cheap')];
    expect(ruleFor(compileRules(list), facts)?.use).toBe('cheap');
  });
});
