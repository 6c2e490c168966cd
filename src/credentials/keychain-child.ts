import type { KeychainQuestion, KeychainReply } from './keychain-messages.ts';

/**
 * A process of its own for the calls into the system's keychain, one after another, because such a call waits for a
 * person who may never come: opening an entry already holds its thread while the session bus does not answer, and
 * neither a thread nor a promise within the daemon could be ended before the call returns, not even by the daemon's
 * end. This process can be killed at any time. It gets its questions over its channel, never as arguments, and ends
 * when the channel does.
 */
const SERVICE = 'llmgw';

/**
 * On Linux the Secret Service and nothing else: left to itself the library falls back in silence to the kernel's
 * keyring, which is empty after the next boot.
 */
const STORE = { linux: { store: 'secret-service' } } as const;

process.on('message', (question: KeychainQuestion) => {
  void answer(question).then((reply) => process.send?.(reply));
});

async function answer(question: KeychainQuestion): Promise<KeychainReply> {
  let library;
  try {
    library = await import('keytar');
  } catch (error) {
    return { kind: 'no_library', message: messageOf(error) };
  }
  try {
    return ask(new library.Entry(SERVICE, question.account, STORE), question);
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) };
  }
}

interface KeychainEntry {
  getPassword(): string | null;
  setPassword(text: string): void;
  deleteCredential(): boolean;
}

function ask(entry: KeychainEntry, question: KeychainQuestion): KeychainReply {
  switch (question.kind) {
    case 'read': {
      const text = entry.getPassword();
      return text === null ? { kind: 'missing' } : { kind: 'found', text };
    }
    case 'write':
      entry.setPassword(question.text);
      return { kind: 'done' };
    case 'remove':
      return { kind: entry.deleteCredential() ? 'done' : 'missing' };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
