import net, { type AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { watch, type Watched } from './discover.ts';
import { recorded, serve, type Reply, type Routes, type TestServer } from './serve.ts';

const INTERVAL_MS = 20;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Closed after the test. */
export function afterwards(close: () => Promise<unknown>): void {
  open.push(close);
}

/** A server that is closed after the test. */
export async function start(routes: Routes, options: { fallback?: Reply; port?: number } = {}): Promise<TestServer> {
  const server = await serve(routes, options);
  afterwards(() => server.close());
  return server;
}

/** Discovery with short rounds, stopped after the test. */
export function follow(ports: readonly number[], options: Parameters<typeof watch>[1] = {}): Watched {
  const watched = watch(ports, { intervalMs: INTERVAL_MS, ...options });
  afterwards(() => watched.discovery.stop());
  return watched;
}

/** A port where nobody listens. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await closed(server);
  return port;
}

export function closed(server: net.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

export const VLLM: Routes = { '/v1/models': recorded('vllm', 'v1-models'), '/version': recorded('vllm', 'version') };

/** A list as vLLM writes it, with the present time as that of making. */
export function listOf(...ids: string[]): Reply {
  const data = ids.map((id) => ({ id, object: 'model', created: Date.now(), owned_by: 'vllm', max_model_len: 9 }));
  return { body: { object: 'list', data } };
}
