import { FILE_STORE_OFFER, type StoreTrouble } from './key-store.ts';
import { findSurroundings, type Surroundings, type SystemSigns } from './surroundings.ts';

/** What kept the keychain from answering. */
export type KeychainFailure =
  | { readonly kind: 'no_bus' }
  | { readonly kind: 'no_service' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'timed_out'; readonly limitMs: number }
  | { readonly kind: 'no_library'; readonly message: string }
  | { readonly kind: 'other'; readonly message: string };

/** Which failure the words of the system's library stand for, as seen on Linux with libdbus and gnome-keyring. */
export function nameKeychainFailure(message: string): KeychainFailure {
  if (/failed to connect to socket|DBUS_SESSION_BUS_ADDRESS|autolaunch/i.test(message)) return { kind: 'no_bus' };
  if (
    /not provided by any|ServiceUnknown|did not receive a reply|not activatable|has no owner|exited with status/i.test(
      message,
    )
  ) {
    return { kind: 'no_service' };
  }
  // macOS: errSecInteractionNotAllowed and errSecAuthFailed come as these sentences.
  if (/locked|prompt was dismissed|interaction is not allowed|passphrase you entered/i.test(message)) {
    return { kind: 'locked' };
  }
  return { kind: 'other', message };
}

/** Which trouble it is, where, and what to do about it. */
export function explainKeychainFailure(failure: KeychainFailure, signs: SystemSigns): StoreTrouble {
  const surroundings = findSurroundings(signs);
  switch (failure.kind) {
    case 'no_bus':
      return unreachable(`No keychain can be reached: ${WHERE[surroundings]} and has no D-Bus session.`, surroundings);
    case 'no_service':
      return unreachable(
        `No keychain can be reached: no Secret Service answers on the D-Bus session, and ${WHERE[surroundings]}.`,
        surroundings,
      );
    case 'locked':
      return locked(`The keychain is locked${noScreen(surroundings)}.`, signs);
    case 'timed_out':
      return locked(
        `The keychain did not answer within ${failure.limitMs / 1000} s: it is locked${noScreen(surroundings)}, or ` +
          'waits for somebody to allow it.',
        signs,
      );
    case 'no_library':
      return {
        kind: 'unreachable',
        why: `The part that reaches the keychain of this system is not installed (${shortened(failure.message)}).`,
        hint: 'Install llmgw again without leaving out optional dependencies.',
        offer: FILE_STORE_OFFER,
      };
    case 'other':
      return {
        kind: 'unreachable',
        why: `The keychain cannot be used: ${shortened(failure.message)}.`,
        hint: 'Other programs that use it may tell more.',
        offer: FILE_STORE_OFFER,
      };
  }
}

const WHERE: Readonly<Record<Surroundings, string>> = {
  container: 'this is a container',
  wsl: 'this is WSL, which does not reach the keychain of Windows',
  ssh: 'this is an SSH session',
  headless: 'this machine has no desktop session',
  desktop: 'this is a desktop session',
};

const REMEDY: Readonly<Record<Surroundings, string>> = {
  container: 'Give the key to the container as an environment variable.',
  wsl: 'Install gnome-keyring and run within `dbus-run-session`.',
  ssh: 'Log in at the machine itself, or run gnome-keyring within `dbus-run-session`.',
  headless: 'Install gnome-keyring and run within `dbus-run-session`.',
  desktop: 'Start its keyring (gnome-keyring, KWallet or KeePassXC with the Secret Service switched on).',
};

function unreachable(why: string, surroundings: Surroundings): StoreTrouble {
  return { kind: 'unreachable', why, hint: REMEDY[surroundings], offer: FILE_STORE_OFFER };
}

function locked(why: string, { platform }: SystemSigns): StoreTrouble {
  const how = platform === 'darwin' ? '`security unlock-keychain`' : 'in Seahorse, or by logging in with a password';
  const then = 'then `llmgw auth list`, which also tells a running daemon';
  return { kind: 'locked', why, hint: `Unlock it (${how}), ${then}.`, offer: FILE_STORE_OFFER };
}

function noScreen(surroundings: Surroundings): string {
  return surroundings === 'desktop' ? '' : `, and ${WHERE[surroundings]} without a screen to ask for its password on`;
}

/** Messages of loaders list every path that was tried. */
function shortened(message: string): string {
  const line = message.split('\n')[0]?.trim() ?? '';
  return (line.length > 200 ? `${line.slice(0, 199)}…` : line).replace(/\.$/, '');
}
