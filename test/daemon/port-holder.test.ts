import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { explainListenFailure, findPortHolder, listeningInodes, netstatPid } from '../../src/daemon/port-holder.ts';

describe('who holds a port', () => {
  it('is told by the system', async (context) => {
    if (process.platform !== 'linux') {
      console.log('the process that holds a port is asked of /proc, which only Linux has: not tried here');
      context.skip();
    }
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const holder = await findPortHolder('127.0.0.1', port);
      expect(holder).toMatchObject({ process: { pid: process.pid }, gateway: null });
      expect(holder.process?.name).toMatch(/\S/);
    } finally {
      server.close();
    }
  });

  it('is nobody when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await findPortHolder('127.0.0.1', port)).toEqual({ process: null, gateway: null });
  });

  // The layout is that of proc_pid_net(5): local address, peer, state (0A: listening), …, inode in the tenth field.
  it('is read from the table of sockets: only listeners, only that port', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:0FA0 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 111 1',
      '   1: 0100007F:0FA0 0100007F:9C40 01 00000000:00000000 00:00000000 00000000 1000 0 222 1',
      '   2: 00000000:0FA1 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 333 1',
      '   3: 00000000000000000000000001000000:0FA0 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 444 1',
    ].join('\n');
    expect(listeningInodes(table, 4000)).toEqual(['111', '444']);
    expect(listeningInodes(table, 4001)).toEqual(['333']);
    expect(listeningInodes('', 4000)).toEqual([]);
  });

  // As `netstat -ano -p TCP` prints it on a German Windows.
  it('is read from netstat in any language', () => {
    const output = [
      'Aktive Verbindungen',
      '',
      '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
      '  TCP    127.0.0.1:4000         127.0.0.1:50000        HERGESTELLT      77',
      '  TCP    127.0.0.1:4000         0.0.0.0:0              ABHÖREN          4242',
      '  TCP    127.0.0.1:40001        0.0.0.0:0              ABHÖREN          1',
    ].join('\r\n');
    expect(netstatPid(output, 4000)).toBe(4242);
    expect(netstatPid(output, 4001)).toBeNull();
  });
});

describe('a failure to listen', () => {
  const failure = (code: string): Error => Object.assign(new Error(code), { code });
  const MAIN = { host: '127.0.0.1', port: 4000, setting: 'server.port', flag: '--port' };

  it.each([
    ['EACCES', 80, /80 is not permitted/, /below 1024/],
    ['EACCES', 8080, /not permitted/, /--port/],
    ['EADDRNOTAVAIL', 4000, /no address 192\.0\.2\.1/, /--host/],
  ])('%s on %d is explained', async (code, port, message, hint) => {
    const problem = await explainListenFailure(failure(code), { ...MAIN, host: '192.0.2.1', port });
    expect(problem).toMatchObject({ kind: 'address' });
    expect(problem?.message).toMatch(message);
    expect(problem?.hint).toMatch(hint);
  });

  it('names the setting of a port that the command line cannot choose', async () => {
    const door = { ...MAIN, setting: 'ollama.port', flag: null };
    for (const code of ['EACCES', 'EADDRINUSE']) {
      const { hint } = (await explainListenFailure(failure(code), door)) ?? {};
      expect(hint).toMatch(/ollama\.port/);
      expect(hint).not.toMatch(/--port/);
    }
  });

  it('of another kind is not', async () => {
    expect(await explainListenFailure(failure('EMFILE'), MAIN)).toBeNull();
    expect(await explainListenFailure(new TypeError('bug'), MAIN)).toBeNull();
  });
});
