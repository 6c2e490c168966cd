// Run by crash.test.ts as a process of its own: opens and settles attempts as fast as it can and tells of every row that
// was committed, until it is killed.
import { openSqliteLedger } from '../../src/ledger/sqlite-ledger.ts';
import type { Logger } from '../../src/std/log.ts';
import { uuid7 } from '../../src/std/uuid7.ts';
import type { AttemptOpening } from '../../src/ledger/ledger.ts';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ledger = openSqliteLedger({ path: process.argv[2] ?? '', logger: silent as unknown as Logger });

for (let runner = 0; runner < 16; runner++) exchange();

function exchange(): void {
  const opening: AttemptOpening = {
    exchangeId: uuid7(),
    number: 1,
    openedAt: Date.now(),
    endpoint: 'chat/completions',
    target: 'openai/gpt-4o',
    provider: 'openai',
    locality: 'cloud',
    requestedModel: 'gpt-4o',
    stream: false,
    client: null,
    keyId: null,
    profile: 'default',
    demo: false,
  };
  ledger.open(opening, (failure) => {
    if (failure !== null) throw failure;
    process.send?.(opening.exchangeId);
    setImmediate(() => {
      ledger.settle({
        exchangeId: opening.exchangeId,
        number: 1,
        outcome: 'answered',
        final: true,
        status: 200,
        errorCode: null,
        actualModel: null,
        upstreamRequestId: null,
        upstreamResponseId: null,
        firstTokenAt: null,
        settledAt: Date.now(),
        usage: UNKNOWN_USAGE,
        estimated: false,
        costPico: null,
        unpriced: true,
        priceVersion: null,
        stoodInFor: null,
        savedPico: null,
      });
      exchange();
    });
  });
}
