import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  PREFIX_IN_BASE64,
  idWithState,
  idWithStates,
  mayCarryState,
  stateOfId,
  stateOfText,
  statesOfId,
  textOfState,
} from '../../src/canonical/carried-state.ts';
import { DIALECT_IDS } from '../../src/canonical/dialect-id.ts';

const data = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.constant('__llmgw1_am_x'));
const state = fc.record({ origin: fc.constantFrom(...DIALECT_IDS), data });
const states = fc.array(state, { maxLength: 4 });
const signature = { origin: 'anthropic-messages', data: 'EqoBCkgIARAB' } as const;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const ours = idWithState('call_1', signature);
const id = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/),
  fc.constantFrom('call_1', 'functions.read:0', 'häh', '', '__llmgw1_', 'x__llmgw1_am_AAAA', ours),
);
/** Texts that look like ours, whole or in part: cut off, with other letters, put together of two. */
const imitation = fc
  .tuple(
    fc.constantFrom(ours, idWithStates('c', [signature, signature]), textOfState(signature)),
    fc.nat(),
    fc.string(),
  )
  .map(([text, at, inserted]) => text.slice(0, at % (text.length + 1)) + inserted);

describe('states in the id of a tool call', () => {
  it('come back as they went, and the id with them', () => {
    fc.assert(
      fc.property(id, states, (plain, carried) => {
        expect(statesOfId(idWithStates(plain, carried))).toEqual({ id: plain, states: carried });
      }),
    );
  });

  it('are the last one where there is place for one', () => {
    fc.assert(
      fc.property(id, states, (plain, carried) => {
        expect(stateOfId(idWithStates(plain, carried))).toEqual({ id: plain, state: carried.at(-1) ?? null });
      }),
    );
  });

  it('add only characters that every provider allows in an id', () => {
    fc.assert(
      fc.property(states, (carried) => {
        expect(idWithStates('call_1', carried)).toMatch(/^[a-zA-Z0-9_-]+$/);
      }),
    );
  });

  it.each([
    '',
    'call_1',
    'call__llmgw1_',
    'call__llmgw1_zz_AAAA',
    'call__llmgw1_am_AAAA',
    'call__llmgw1_am_12345678_AA',
  ])('are not in an id that is like ours and is not: %j', (text) => {
    expect(statesOfId(text)).toEqual({ id: text, states: [] });
  });

  it('are taken whole or not at all: a part of them, or something beside them, is an id like any other', () => {
    fc.assert(
      fc.property(imitation, (text) => {
        const found = statesOfId(text);
        expect(found.states.length === 0 ? found.id : idWithStates(found.id, found.states)).toBe(text);
      }),
    );
  });

  it('have a limit: of too many the first are left out, and one that is too large is', () => {
    const large = (letter: string) => ({ origin: 'openai-responses', data: letter.repeat(100_000) }) as const;
    const [a, b, c] = [large('a'), large('b'), large('c')];
    expect(statesOfId(idWithStates('call_1', [a, b, c])).states).toEqual([b, c]);
    const huge = { ...a, data: a.data.repeat(5) };
    expect(idWithState('call_1', huge)).toBe('call_1');
    expect(stateOfText(textOfState(huge), 'gemini')).toBeNull();
  });
});

describe('state in a field that clients send back as it came', () => {
  it('comes back as it went, whosever field it was', () => {
    fc.assert(
      fc.property(state, fc.constantFrom(...DIALECT_IDS), (carried, fieldOf) => {
        expect(stateOfText(textOfState(carried), fieldOf)).toEqual(carried);
      }),
    );
  });

  it('can be none, and is told as such', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DIALECT_IDS), (fieldOf) => {
        expect(stateOfText(textOfState(null), fieldOf)).toBeNull();
      }),
    );
  });

  it("is the field's own where it is none of ours, or not all of it", () => {
    const foreign = fc
      .oneof(fc.string({ unit: 'binary' }), imitation)
      .filter((text) => text !== textOfState(signature));
    fc.assert(
      fc.property(foreign, fc.constantFrom(...DIALECT_IDS), (text, fieldOf) => {
        expect(stateOfText(text, fieldOf)).toEqual({ origin: fieldOf, data: text });
      }),
    );
  });

  it.each(['llmgw1', 'llmgw1:', 'llmgw1:am', 'llmgw1:zz:AAAA', 'llmgw1:am:AAAA', 'EqoBCkgIARAB'])(
    'survives what looks like ours: %j',
    (text) => {
      expect(stateOfText(text, 'anthropic-messages')).toEqual({ origin: 'anthropic-messages', data: text });
    },
  );
});

describe('whether a body may hold such a state', () => {
  it.each([
    ['in an id', ours, true],
    ['several in an id', idWithStates('call_1', [signature, signature]), true],
    ['in an id that was like ours before', idWithState('x__llmgw1_am_AAAA', signature), true],
    ['in a field of text', textOfState(signature), true],
    ['in a field of base64', base64(textOfState(signature)), true],
    ['a field that says that there is none', textOfState(null), true],
    ['the same in base64', base64(textOfState(null)), true],
    ['nowhere', 'EqoBCkgIARAB', false],
    ['in a text that speaks of it', `What is ${ours} for?`, false],
    ['in a text that begins with our name', 'llmgw1: what is it?', false],
    ['in an id that looks like ours', 'call__llmgw1_am_AAAA', false],
    ['in an id that was cut off', ours.slice(0, -1), false],
    ['in a picture', `${Buffer.from('llmgw1').toString('base64')}AAAA`, false],
  ])('%s', (_where, text, may) => {
    expect(mayCarryState(Buffer.from(JSON.stringify({ text })))).toBe(may);
    expect(
      mayCarryState(Buffer.from(JSON.stringify({ a: 'call__llmgw1_', b: [`"${text.slice(0, 20)}"`], text }))),
    ).toBe(may);
  });

  it.each([
    ['1,000 that have not its shape', 1_000, 'call__llmgw1_zz_12345678_AAAA', ours, true],
    ['20,000 that have not its shape', 20_000, 'call__llmgw1_zz_12345678_AAAA', ours, false],
    ['20,000 marks alone', 20_000, '__llmgw1_', ours, false],
    ['20,000 fields that have not its shape', 20_000, 'llmgw1:am', textOfState(signature), false],
    ['20,000 in base64', 20_000, `${PREFIX_IN_BASE64}AAAA`, base64(textOfState(signature)), false],
    ['60 of a wrong sum', 60, 'call__llmgw1_am_12345678_AAAA', ours, true],
    ['70 of a wrong sum', 70, 'call__llmgw1_am_12345678_AAAA', ours, false],
    ['70 fields of a wrong sum', 70, 'llmgw1:ge:12345678:AA', textOfState(signature), false],
    ['70 in base64', 70, base64('llmgw1:ol:12345678:AA'), base64(textOfState(signature)), false],
  ])('is looked for behind imitations as many as come by chance: %s', (_, count, imitation, whole, may) => {
    const texts = [...Array.from({ length: count }, () => imitation), whole];
    expect(mayCarryState(Buffer.from(JSON.stringify(texts)))).toBe(may);
  });

  it('is looked for once however often a body names it', () => {
    const bytes = Buffer.from(`{"text":"${'__llmgw1_'.repeat(1_000_000)}"}`);
    const before = performance.now();
    expect(mayCarryState(bytes)).toBe(false);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
