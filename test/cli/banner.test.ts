import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { renderBanner } from '../../src/cli/render/banner.ts';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { servedModel, serverStatus, statusDocument } from '../helpers/status-document.ts';

const terminal = { columns: 80, paint: new Chalk({ level: 0 }) };
const installed = { command: 'llmgw', byNpmStart: false };

function banner(status: StatusDocument, changes: Partial<Parameters<typeof renderBanner>[0]> = {}): string {
  return renderBanner({ status, launch: installed, foreground: false, terminal, ...changes });
}

const FOUND = statusDocument({
  profile: { name: 'dev', reason: 'chosen in the config', chosen: true, allow: 'local', known: ['dev', 'prod'] },
  servers: [
    serverStatus({ models: Array.from({ length: 18 }, (_, index) => servedModel(`qwen3-coder-model-${index}:30b`)) }),
    serverStatus({
      name: 'gpu-box',
      origin: 'http://192.168.1.20:8000',
      state: 'down',
      problem: 'it refuses the connection',
      from_config: true,
    }),
  ],
  providers: [
    {
      id: 'openai',
      name: 'OpenAI',
      credential: 'OPENAI_API_KEY (environment)',
      state: 'ready',
      api_base: 'https://api.openai.com/v1',
      models: 80,
    },
    {
      id: 'anthropic',
      name: 'Anthropic',
      credential: 'config',
      state: 'ready',
      api_base: 'https://api.anthropic.com/v1',
      models: 9,
    },
    { id: 'near', name: 'Near', credential: null, state: 'ready', api_base: 'http://127.0.0.1:9100/v1', models: 1 },
  ],
  try_model: 'qwen3-coder-model-0:30b',
});

describe('the banner', () => {
  it('shows what was found and what to type', () => {
    expect(banner(FOUND)).toMatchInlineSnapshot(`
      "llmgw 0.1.0 is running at http://127.0.0.1:4000

        Profile      dev (chosen in the config)
                     only local models answer; \`llmgw profile use prod\` switches
        Servers      ollama   http://127.0.0.1:11434    18 models
                       qwen3-coder-model-0:30b, qwen3-coder-model-1:30b,
                       qwen3-coder-model-2:30b, qwen3-coder-model-3:30b,
                       qwen3-coder-model-4:30b, qwen3-coder-model-5:30b and 12 more
                     gpu-box  http://192.168.1.20:8000  down
                       it refuses the connection
        Credentials  OpenAI     OPENAI_API_KEY (environment)
                     Anthropic  config

      Try it:

        curl http://127.0.0.1:4000/v1/chat/completions \\
          -H "Authorization: Bearer $(llmgw key show)" \\
          -H 'Content-Type: application/json' \\
          -d '{"model": "qwen3-coder-model-0:30b",
               "messages": [{"role": "user", "content": "Say hello."}]}'

      Point a program at it:

        export OPENAI_BASE_URL=http://127.0.0.1:4000/v1
        export OPENAI_API_KEY="$(llmgw key show)"

      \`llmgw spend\` tells what was used, \`llmgw logs\` what happened; \`llmgw stop\` ends
      it.
      "
    `);
  });

  it('says what to do when nothing was found', () => {
    expect(banner(statusDocument())).toMatchInlineSnapshot(`
      "llmgw 0.1.0 is running at http://127.0.0.1:4000

        Profile      prod (no local chat model was found)
                     every model answers under its name; \`llmgw profile use dev\`
                     switches
        Servers      none found
        Credentials  none found

      Nothing can answer yet. One of these is enough:

        - start a model server, as with \`ollama serve\`: it is found by itself
        - add a key: \`llmgw auth add openai\` asks for it
        - try it with neither: \`llmgw restart --demo\`

      See what can be asked:

        curl http://127.0.0.1:4000/v1/models \\
          -H "Authorization: Bearer $(llmgw key show)"

      Point a program at it:

        export OPENAI_BASE_URL=http://127.0.0.1:4000/v1
        export OPENAI_API_KEY="$(llmgw key show)"

      \`llmgw spend\` tells what was used, \`llmgw logs\` what happened; \`llmgw stop\` ends
      it.
      "
    `);
  });

  it('is spelled for npm start in a terminal', () => {
    const text = banner(statusDocument(), {
      launch: { command: 'node bin/llmgw.js', byNpmStart: true },
      foreground: true,
    });
    expect(text).toContain('`npm start -- --demo`');
    expect(text).toContain('$(node bin/llmgw.js key show)');
    expect(text).toContain('Ctrl-C ends');
    expect(text).not.toContain('restart');
  });

  it('says nothing of next steps as soon as anything can answer', () => {
    for (const status of [FOUND, statusDocument({ demo: true, try_model: 'demo/echo' })]) {
      expect(banner(status)).not.toContain('Nothing can answer');
    }
    const down = statusDocument({ servers: [serverStatus({ state: 'down', problem: 'it is not there' })] });
    expect(banner(down)).toContain('Nothing can answer yet');
  });

  it('fits 80 columns, but for what must be pasted whole', () => {
    const warned = { ...FOUND, warnings: [`config.yaml:3:4: ${'a long sentence '.repeat(20)}`] };
    const lines = banner(warned, { launch: { command: 'node bin/llmgw.js', byNpmStart: true } }).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
  });

  it('tells what is wrong with the ledger', () => {
    const ledger = {
      ...FOUND.ledger,
      writable: false,
      problem: 'the disk is full',
      kept_aside: '/data/ledger.sqlite.damaged-1',
    };
    const text = banner({ ...FOUND, ledger });
    expect(text).toContain('! The ledger cannot be written: the disk is full');
    expect(text).toContain('kept as /data/ledger.sqlite.damaged-1');
  });

  it('says while it is still looking, and when it does not look', () => {
    const discovery = { enabled: true, first_round_done: false, catalog_settled: false, credentials_read: true };
    expect(banner(statusDocument({ discovery }))).toContain('still looking');
    expect(banner(statusDocument({ discovery: { ...discovery, enabled: false } }))).toContain('discovery is off');
  });

  it('lets no name steer the terminal or end a quoted text of the shell', () => {
    const name = "it's \u001b[31m\u0007bad";
    const text = banner(
      statusDocument({ servers: [serverStatus({ name, models: [servedModel(name)] })], try_model: name }),
    );
    // eslint-disable-next-line no-control-regex -- these must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    expect(text).toContain(String.raw`"model": "it'\''s [31mbad"`);
  });
});
