// Run by file-lock.test.ts as a process of its own: takes the lock, says whether it got it, and waits to be killed.
import { acquireDaemonLock } from '../../src/ledger/file-lock.ts';

const lock = acquireDaemonLock(process.argv[2] ?? '');
process.send?.(lock !== null);
process.on('message', () => undefined);
