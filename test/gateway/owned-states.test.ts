import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../src/canonical/answer.ts';
import { reasoningPart, textPart } from '../../src/canonical/parts.ts';
import type { CarriedState } from '../../src/canonical/parts.ts';
import { emptyRequest } from '../../src/canonical/request.ts';
import type { CanonicalRequest } from '../../src/canonical/request.ts';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import { Secret } from '../../src/std/secret.ts';
import { ownerOf, owningDecoder, statesFor, withOwner } from '../../src/gateway/owned-states.ts';
import { PROVIDERS } from '../../src/providers/table.ts';
import { cloudEndpoint, networkTarget } from '../helpers/routes.ts';

const STATE: CarriedState = { origin: 'gemini', data: 'sig/==' };
const EVENTS: readonly AnswerEvent[] = [
  { type: 'start', id: null, model: null },
  { type: 'state', on: 'reasoning', state: STATE },
  { type: 'tool_call', call: 0, id: 'a', name: 'look', kind: 'function', state: STATE },
  { type: 'tool_call', call: 1, id: 'b', name: 'look', kind: 'function', state: null },
];

/** A request that holds what the events said. */
function echoing(events: readonly AnswerEvent[]): CanonicalRequest {
  const states = events.flatMap((event) => (event.type === 'state' || event.type === 'tool_call' ? [event.state] : []));
  const content = states.map((state, index) => {
    if (index > 0) {
      return { type: 'tool_call', id: 'a', name: 'look', arguments: '', kind: 'function', state, cache: null } as const;
    }
    return reasoningPart('Hm', state);
  });
  const messages = [{ role: 'assistant', content: [...content, textPart('Hi')] } as const];
  return { ...emptyRequest('m', 'openai-chat'), messages };
}

function statesIn({ messages }: CanonicalRequest): readonly (CarriedState | null)[] {
  const parts = messages.flatMap((message) => (message.role === 'assistant' ? message.content : []));
  return parts.map((part) => ('state' in part ? part.state : null));
}

describe('a state that travels through a client of another dialect', () => {
  const carried = withOwner(EVENTS, 'gemini', 'openai-chat');

  it('comes back to its provider as it was', () => {
    expect(statesIn(statesFor(echoing(carried), 'gemini'))).toEqual([STATE, STATE, null, null]);
  });

  it('does not come to another provider of the same dialect', () => {
    expect(statesIn(statesFor(echoing(carried), 'vertex'))).toEqual([null, null, null, null]);
  });

  it('goes where it always went, if nobody wrote whose it is', () => {
    const request = echoing(EVENTS);
    expect(statesFor(request, 'vertex')).toBe(request);
  });

  it('is no other in a stream', () => {
    const decoder = { push: () => EVENTS.slice(0, 2), end: () => EVENTS.slice(2) };
    const owning = owningDecoder(decoder, 'gemini', 'openai-chat');
    expect([...owning.push(Buffer.alloc(0)), ...owning.end()]).toEqual(carried);
  });
});

describe('the owner of a state', () => {
  const ownerWith = (key: string | null, statesOf: string | null = null): string =>
    ownerOf(
      networkTarget(
        cloudEndpoint('openai', {
          credential: key === null ? null : new Secret(key),
          quirks: { ...PLAIN_QUIRKS, statesOf },
        }),
      ),
    );

  it('is the organisation of a key, not the provider: another one cannot read what that encrypted', () => {
    expect(ownerWith('sk-one')).toBe(ownerWith('sk-one'));
    expect(ownerWith('sk-one')).not.toBe(ownerWith('sk-two'));
    expect(ownerWith('sk-one')).not.toContain('sk-one');
    const carried = withOwner(EVENTS, ownerWith('sk-one'), 'openai-chat');
    expect(statesIn(statesFor(echoing(carried), ownerWith('sk-one')))).toEqual([STATE, STATE, null, null]);
    expect(statesIn(statesFor(echoing(carried), ownerWith('sk-two')))).toEqual([null, null, null, null]);
  });

  it('is the maker of the model where any key can read it', () => {
    expect(ownerWith('sk-one', 'maker')).toBe(ownerWith('sk-two', 'maker'));
  });

  it('is the server where there is no key', () => {
    expect(ownerWith(null)).toBe('openai');
  });
});

it('leaves a state alone that a client of its own dialect gets', () => {
  expect(withOwner(EVENTS, 'gemini', 'gemini')).toEqual(EVENTS);
});

it('lets those read each other’s states who can', () => {
  const owners = PROVIDERS.map(({ id, quirks }) => ownerOf(networkTarget(cloudEndpoint(id, { quirks }))));
  const shared = PROVIDERS.filter(
    (_, index) => owners.indexOf(owners[index] ?? '') !== owners.lastIndexOf(owners[index] ?? ''),
  );
  expect(shared.map(({ id }) => id).sort()).toEqual(['anthropic', 'azure-claude', 'vertex-claude']);
});
