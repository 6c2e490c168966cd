import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { makeHome, PROGRAM, type TestHome } from '../helpers/daemon.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';

let home: TestHome;
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

describe('the banner', () => {
  it('warns loudly about an address that others can reach', async () => {
    const { code, stdout } = await home.run(['start', '--port', '0', '--host', '0.0.0.0']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/! Listening on 0\.0\.0\.0: whoever can reach this machine/);
    expect(home.read('state/llmgw.log')).toContain('whoever can reach this machine');
  });

  it('has a curl that runs as pasted', async (context) => {
    if (!(await hasCurl())) {
      console.log('curl is not installed here: the command of the banner is not run');
      context.skip();
    }
    const { stdout } = await home.run(['start', '--port', '0', '--demo'], { cwd: join(PROGRAM, '..', '..') });
    const command = /^ {2}curl [\s\S]*?}]}'$/m.exec(stdout)?.[0] ?? '';
    const { stdout: answer } = await promisify(execFile)('sh', ['-c', command], {
      env: home.env,
      cwd: join(PROGRAM, '..', '..'),
    });
    expect(JSON.parse(answer)).toMatchObject({
      object: 'chat.completion',
      model: expect.stringContaining('echo') as string,
    });
    const lines = [...stdout.matchAll(/^ {2}export .*$/gm)].map(([line]) => line).join('\n');
    const shown = await promisify(execFile)('sh', ['-c', `${lines}\necho "$OPENAI_BASE_URL $OPENAI_API_KEY"`], {
      env: home.env,
      cwd: join(PROGRAM, '..', '..'),
    });
    const { address } = JSON.parse((await home.run(['status', '--json'])).stdout) as StatusDocument;
    expect(shown.stdout).toBe(`${address}/v1 ${home.read('data/client-key')}`);
  });

  it('says who can be asked where the only server lists no models, and what to do where it is not there', async () => {
    const upstream = await startUpstreamServer((response) => json(response, { detail: 'Not Found' }, 404));
    const startedWith = async (origin: string): Promise<string> => {
      const config = `model_list: [{model_name: mine, litellm_params: {model: openai/x, api_base: "${origin}/v1"}}]\n`;
      writeFileSync(join(home.folder, 'litellm.yaml'), config, { mode: 0o600 });
      const imported = await home.run(['config', 'import', 'litellm.yaml', '--out', 'native.yaml']);
      expect(imported.code).toBe(0);
      // A server of this machine is none of this.
      writeFileSync(join(home.folder, 'native.yaml'), `${home.read('native.yaml')}\ndiscovery: {enabled: false}\n`);
      const { stdout } = await home.run(['start', '--port', '0', '--config', 'native.yaml']);
      await home.run(['stop']);
      rmSync(join(home.folder, 'native.yaml'));
      return stdout;
    };
    try {
      const there = await startedWith(upstream.origin);
      expect(there).not.toContain('Nothing can answer yet');
      expect(there).toContain('"model": "mine"');
    } finally {
      await upstream.close();
    }
    expect(await startedWith(upstream.origin)).toContain('Nothing can answer yet');
  });

  it('has no colours in a pipe', async () => {
    // eslint-disable-next-line no-control-regex -- colours begin with this one
    expect((await home.run(['start', '--port', '0'])).stdout).not.toMatch(/\u001b/);
  });
});

async function hasCurl(): Promise<boolean> {
  try {
    await promisify(execFile)('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
}
