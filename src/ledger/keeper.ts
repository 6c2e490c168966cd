// The thread that does the ledger's housekeeping with a connection of its own. It sleeps until it is sent a message.
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database.ts';
import type { KeeperMessage, KeeperReport, KeeperStart } from './keeper-messages.ts';
import { rollUpUntil } from './roll-up.ts';
import { unreachable } from '../std/unreachable.ts';

/** The log's length in pages (4 KB each) from which it is begun anew even if writers have to wait for it: 32 MB. */
const LONG_LOG_PAGES = 8_192;
/** From this length on its file is cut back too, which takes longer: somebody held an old view of it for long. */
const HUGE_LOG_PAGES = 65_536;
/** So few pages are left to copy that writers may wait for it. */
const FEW_PAGES = 256;
const MAX_PASSIVE_ROUNDS = 5;
/** A writer's batch takes less than this. */
const PATIENCE_MS = 100;
const CACHE_KIB = 1024;

if (parentPort === null) throw new Error('the keeper is a thread of the ledger and is not run by itself');
const port = parentPort;
const { path, pause } = workerData as KeeperStart;
// Where the gateway has one core, this thread must give way to it. Only Linux takes 0 for the calling thread; elsewhere
// it is the whole process.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_LOW);
const connection = openDatabase(path, { timeout: PATIENCE_MS, fileMustExist: true });
connection.pragma('synchronous = NORMAL');
connection.pragma('wal_autocheckpoint = 0');
connection.pragma(`cache_size = -${CACHE_KIB}`);

port.on('message', (message: KeeperMessage) => {
  try {
    obey(message);
  } catch (error) {
    // One piece of work failed (a full disk, a lock); the next message tries again what this one left undone.
    report(error);
  }
});

function obey(message: KeeperMessage): void {
  switch (message.kind) {
    case 'checkpoint':
      checkpoint();
      return;
    case 'roll-up':
      rollUpUntil(connection, message.until);
      return;
    case 'close':
      close();
      return;
    default:
      unreachable(message);
  }
}

/**
 * A passive checkpoint holds nobody up, but while batches keep coming it never reaches the end of the log, which then
 * only grows. Once it is long, the ledger is asked to pause for the copying of what the passive ones left.
 */
function checkpoint(): void {
  let left = passiveCheckpoint();
  if (left.log < LONG_LOG_PAGES) return;
  for (let round = 1; round < MAX_PASSIVE_ROUNDS && left.log - left.checkpointed > FEW_PAGES; round++) {
    left = passiveCheckpoint();
  }
  if (left.checkpointed === left.log) return;
  Atomics.store(pause, 0, 1);
  try {
    connection.pragma(`wal_checkpoint(${left.log > HUGE_LOG_PAGES ? 'TRUNCATE' : 'RESTART'})`);
  } finally {
    Atomics.store(pause, 0, 0);
  }
}

function passiveCheckpoint(): { log: number; checkpointed: number } {
  const [result] = connection.pragma('wal_checkpoint(PASSIVE)') as { log: number; checkpointed: number }[];
  return result ?? { log: 0, checkpointed: 0 };
}

function close(): void {
  try {
    connection.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    report(error);
  } finally {
    connection.close();
    port.close();
  }
}

function report(error: unknown): void {
  const failure: KeeperReport = { failure: error instanceof Error ? error.message : String(error) };
  port.postMessage(failure);
}
