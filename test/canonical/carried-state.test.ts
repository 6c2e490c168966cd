import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idWithState, mayCarryState, stateOfId, stateOfText, textOfState } from '../../src/canonical/carried-state.ts';
import { DIALECT_IDS } from '../../src/canonical/dialect-id.ts';

const data = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.constant('__llmgw1_am_x'));
const state = fc.record({ origin: fc.constantFrom(...DIALECT_IDS), data });
const id = fc.oneof(fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/), fc.constantFrom('call_1', 'functions.read:0', 'häh'));

describe('state in the id of a tool call', () => {
  it('comes back as it went, and the id with it', () => {
    fc.assert(
      fc.property(id, fc.option(state, { nil: null }), (plain, carried) => {
        expect(stateOfId(idWithState(plain, carried))).toEqual({ id: plain, state: carried });
      }),
    );
  });

  it('adds only characters that every provider allows in an id', () => {
    fc.assert(
      fc.property(state, (carried) => {
        expect(idWithState('call_1', carried)).toMatch(/^[a-zA-Z0-9_-]+$/);
      }),
    );
  });

  it.each(['', 'call_1', 'call__llmgw1_', 'call__llmgw1_zz_AAAA', 'call__llmgw1_amAAAA', 'call__llmgw2_am_AAAA'])(
    'leaves an id that holds none as it is: %j',
    (text) => {
      expect(stateOfId(text)).toEqual({ id: text, state: null });
    },
  );
});

describe('state in a field that clients send back as it came', () => {
  it('comes back as it went, whosever field it was', () => {
    fc.assert(
      fc.property(state, fc.constantFrom(...DIALECT_IDS), (carried, fieldOf) => {
        expect(stateOfText(textOfState(carried), fieldOf)).toEqual(carried);
      }),
    );
  });

  it("is the field's own where it is none of ours", () => {
    const foreign = fc.string({ unit: 'binary' }).filter((text) => !text.startsWith('llmgw1:'));
    fc.assert(
      fc.property(foreign, fc.constantFrom(...DIALECT_IDS), (text, fieldOf) => {
        expect(stateOfText(text, fieldOf)).toEqual({ origin: fieldOf, data: text });
      }),
    );
  });

  it.each(['llmgw1', 'llmgw1:', 'llmgw1:am', 'llmgw1:zz:AAAA', 'EqoBCkgIARAB'])(
    'survives what looks like ours: %j',
    (text) => {
      expect(stateOfText(text, 'anthropic-messages')).toEqual({ origin: 'anthropic-messages', data: text });
    },
  );
});

describe('whether a body may hold such a state', () => {
  const state = { origin: 'anthropic-messages', data: 'EqoBCkgIARAB' } as const;

  it.each([
    ['in an id', idWithState('call_1', state), true],
    ['in a field of text', textOfState(state), true],
    ['in a field of base64', Buffer.from(textOfState(state)).toString('base64'), true],
    ['nowhere', 'EqoBCkgIARAB', false],
  ])('%s', (_where, text, may) => {
    expect(mayCarryState(Buffer.from(JSON.stringify({ text })))).toBe(may);
  });
});
