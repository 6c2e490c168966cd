import { Secret } from '../std/secret.ts';
import { StoreTroubleError, type KeyReading, type KeyStore, type StoreTrouble } from './key-store.ts';
import type { KeychainAnswer, KeychainCaller, KeychainQuestion } from './keychain-messages.ts';
import { explainKeychainFailure, nameKeychainFailure } from './keychain-trouble.ts';
import { findSessionBus, needsSessionBus, type SystemSigns } from './surroundings.ts';

export interface KeychainOptions {
  readonly caller: KeychainCaller;
  readonly signs: SystemSigns;
  /** How long one question may take. */
  readonly limitMs: number;
}

/** The keychain of the operating system: service `llmgw`, account as it is written. */
export function keychainStore({ caller, signs, limitMs }: KeychainOptions): KeyStore {
  const ask = async (question: KeychainQuestion): Promise<KeychainAnswer | StoreTrouble> => {
    // Without a bus the library would look for one in ways of its own, and start one.
    if (needsSessionBus(signs.platform) && findSessionBus(signs) === null) {
      return explainKeychainFailure({ kind: 'no_bus' }, signs);
    }
    const answer = await caller.ask(question, limitMs);
    return troubleOf(answer, signs) ?? answer;
  };
  return {
    kind: 'keychain',
    read: async (account) => readingOf(await ask({ kind: 'read', account })),
    write: async (account, secret) => {
      expectDone(await ask({ kind: 'write', account, text: secret.reveal() }));
    },
    remove: async (account) => expectDone(await ask({ kind: 'remove', account })),
  };
}

function troubleOf(answer: KeychainAnswer, signs: SystemSigns): StoreTrouble | null {
  switch (answer.kind) {
    case 'found':
    case 'missing':
    case 'done':
      return null;
    case 'failed':
      return explainKeychainFailure(nameKeychainFailure(answer.message), signs);
    case 'refused':
      return explainKeychainFailure({ kind: 'other', message: answer.message }, signs);
    case 'timed_out':
    case 'no_library':
      return explainKeychainFailure(answer, signs);
  }
}

function readingOf(answer: KeychainAnswer | StoreTrouble): KeyReading {
  if ('why' in answer) return { kind: 'unreadable', trouble: answer };
  return answer.kind === 'found' ? { kind: 'found', secret: new Secret(answer.text) } : { kind: 'missing' };
}

/** Whether there was anything to do. */
function expectDone(answer: KeychainAnswer | StoreTrouble): boolean {
  if ('why' in answer) throw new StoreTroubleError(answer);
  return answer.kind === 'done';
}
