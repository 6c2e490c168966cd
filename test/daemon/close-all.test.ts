import { expect, it } from 'vitest';
import { closeAll } from '../../src/daemon/close-all.ts';

it('what was opened first is closed last, and also when something else could not be closed', async () => {
  const closed: string[] = [];
  const failure = new Error('stuck');
  const closing = [() => void closed.push('ledger'), () => Promise.reject(failure), () => void closed.push('server')];
  await expect(closeAll(closing)).rejects.toMatchObject({ errors: [failure] });
  expect(closed).toEqual(['server', 'ledger']);
});
