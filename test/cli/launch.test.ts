import { describe, expect, it } from 'vitest';
import { findLaunch } from '../../src/cli/launch.ts';

describe('how the program is called', () => {
  it.each([
    ['installed globally', { PATH: '/usr/bin:/usr/local/bin' }, '/usr/local/bin/llmgw', '/home/me', 'llmgw'],
    [
      'by npm start',
      { npm_lifecycle_event: 'start', INIT_CWD: '/home/me/llmgw' },
      '/home/me/llmgw/bin/llmgw.js',
      '/home/me/llmgw',
      'node bin/llmgw.js',
    ],
    [
      'by npm start from a folder below',
      { npm_lifecycle_event: 'start', INIT_CWD: '/home/me/llmgw/src' },
      '/home/me/llmgw/bin/llmgw.js',
      '/home/me/llmgw',
      'node /home/me/llmgw/bin/llmgw.js',
    ],
    ['from the checkout', {}, '/home/me/llmgw/bin/llmgw.js', '/home/me/llmgw', 'node bin/llmgw.js'],
    ['from elsewhere', {}, '/home/me/llmgw/bin/llmgw.js', '/tmp', 'node /home/me/llmgw/bin/llmgw.js'],
    ['from a path with a space', {}, '/home/me/my code/bin/llmgw.js', '/tmp', 'node "/home/me/my code/bin/llmgw.js"'],
    ['by npx', { npm_command: 'exec' }, '/home/me/.npm/_npx/1/node_modules/.bin/llmgw', '/home/me', 'npx llmgw'],
    [
      'by a link that is not on the PATH',
      { PATH: '/usr/bin' },
      '/home/me/p/node_modules/.bin/llmgw',
      '/home/me/p',
      'node node_modules/.bin/llmgw',
    ],
    ["by Windows' shim", {}, String.raw`C:\Users\me\AppData\Roaming\npm\node_modules\llmgw\bin\llmgw.js`, '/', 'llmgw'],
  ])('%s', (_how, env, script, cwd, command) => {
    expect(findLaunch({ env, script, cwd }).command).toBe(command);
  });

  it('knows npm start, whose options need two dashes', () => {
    expect(findLaunch({ env: { npm_lifecycle_event: 'start' }, script: '/a/bin/llmgw.js', cwd: '/a' }).byNpmStart).toBe(
      true,
    );
    expect(findLaunch({ env: { npm_lifecycle_event: 'dev' }, script: '/a/bin/llmgw.js', cwd: '/a' }).byNpmStart).toBe(
      false,
    );
  });
});
