import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Ollama } from 'ollama';
import { describe, expect, it } from 'vitest';
import { makeHome, startDaemon } from '../helpers/daemon.ts';
import { freePort } from '../helpers/upstream-server.ts';

const config = (port: number): string => `discovery: {enabled: false}\nollama: {port: ${port}}\n`;

describe('the port for programs made for Ollama', () => {
  it('is opened by the config, told of, and closed with the rest', async () => {
    const port = await freePort();
    const daemon = await startDaemon({ config: config(port), args: ['--demo'] });
    try {
      const host = `http://127.0.0.1:${port}`;
      const client = new Ollama({ host });
      expect((await client.list()).models.map(({ name }) => name)).toEqual(['demo/echo:latest']);
      const messages = [{ role: 'user', content: 'hello' }];
      const answer = await client.chat({ model: 'demo/echo:latest', messages });
      expect(answer.message.content).toBe('You said: hello');
      expect(await daemon.manage('/llmgw/status')).toMatchObject({ ollama_address: host });
      expect((await daemon.home.run(['status'])).stdout).toContain(`${host} (no key is asked for)`);
      expect(daemon.program.stdout()).toContain(`${host} asks for no key`);
      await daemon.stop();
      await expect(client.list()).rejects.toThrow();
    } finally {
      await daemon.remove();
    }
  });

  it('is named when somebody else has it', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const home = makeHome({ config: config(port) });
    try {
      const { code, stderr } = await home.run(['start', '--foreground', '--port', '0']);
      expect(code).toBe(4);
      expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken by `);
      expect(stderr).toContain('ollama.port in the config');
    } finally {
      holder.close();
      await home.remove();
    }
  });
});
