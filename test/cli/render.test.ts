import { Chalk } from 'chalk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderLogLine } from '../../src/cli/render/log-line.ts';
import { renderModels } from '../../src/cli/render/models.ts';
import { renderServers } from '../../src/cli/render/servers.ts';
import { renderStatus } from '../../src/cli/render/status.ts';
import { wantsColor } from '../../src/cli/render/terminal.ts';
import { formatBytes, formatDuration, formatTokens, grid, listed, wrap } from '../../src/cli/render/text.ts';
import type { ModelName } from '../../src/daemon/status.ts';
import { servedModel, serverStatus, statusDocument } from '../helpers/status-document.ts';

const terminal = { columns: 80, paint: new Chalk({ level: 0 }) };
const colored = { columns: 80, paint: new Chalk({ level: 1 }) };

describe('scan', () => {
  it('shows each model with what its server tells', () => {
    const text = renderServers(
      [
        serverStatus({
          models: [
            servedModel('qwen3:8b', {
              parameter_size: '8.2B',
              quantization: 'Q4_K_M',
              size_bytes: 5_225_388_164,
              context_length: 40_960,
              capabilities: ['chat', 'tools', 'thinking'],
              loaded: true,
            }),
            servedModel('gpt-oss:120b-cloud', { locality: 'cloud', capabilities: ['chat'] }),
            servedModel('mystery'),
          ],
        }),
        serverStatus({
          name: 'vllm',
          kind: 'vllm',
          version: null,
          origin: 'http://127.0.0.1:8000',
          state: 'locked',
          problem: 'it wants a key',
        }),
      ],
      terminal,
    );
    expect(text).toMatchInlineSnapshot(`
      "ollama  http://127.0.0.1:11434  ollama 0.13.0  local  3 models
        qwen3:8b            8.2B  Q4_K_M  5.2 GB  40k context  chat tools thinking  loaded
        gpt-oss:120b-cloud                                     chat                 cloud
        mystery

      vllm  http://127.0.0.1:8000  vllm  local  locked: it wants a key
      "
    `);
  });

  it('says when there is none', () => {
    expect(renderServers([], terminal)).toBe('No model server found.\n');
  });
});

describe('models', () => {
  const name = (changes: Partial<ModelName> & Pick<ModelName, 'name' | 'group'>): ModelName => ({
    targets: [],
    capabilities: null,
    context_length: null,
    loaded: null,
    ...changes,
  });

  it('are grouped, each with who answers', () => {
    const models = [
      name({ name: 'fast', group: 'alias', targets: ['ollama/llama3.2:3b', 'openai/gpt-4o-mini'] }),
      name({
        name: 'qwen3:8b',
        group: 'local',
        targets: ['ollama/qwen3:8b'],
        context_length: 131_072,
        capabilities: ['chat'],
        loaded: true,
      }),
      name({ name: 'openai/gpt-4o', group: 'cloud', targets: ['openai/gpt-4o'] }),
      name({ name: 'demo/echo', group: 'demo', targets: ['demo/echo'] }),
    ];
    expect(renderModels({ v: 1, profile: 'default', models }, terminal)).toMatchInlineSnapshot(`
      "Names of your own
        fast  → ollama/llama3.2:3b, openai/gpt-4o-mini

      Local models
        qwen3:8b  → ollama/qwen3:8b  128k  chat  loaded

      Cloud models
        openai/gpt-4o

      Built in
        demo/echo
      "
    `);
  });

  it('that do not exist are said to', () => {
    expect(renderModels({ v: 1, profile: 'default', models: [] }, terminal)).toMatch(/^No model can be used yet/);
  });
});

describe('status', () => {
  it('tells which deployments are left alone, and why', () => {
    const until = new Date(2026, 10, 21, 12, 30, 5).toISOString();
    const failed = { target: 'openai/gpt-4o', reason: 'answered 429' };
    const text = renderStatus(
      statusDocument({
        deployments: [
          { ...failed, id: 'eu-1', state: 'cooled', until },
          { ...failed, id: 'openai/gpt-4o', state: 'trial', until: null },
          { id: 'box/m', target: 'box/m', state: 'down', reason: null, until: null },
        ],
      }),
      terminal,
    );
    expect(text).toMatch(/Left alone +eu-1 \(openai\/gpt-4o\) +until 12:30:05 +answered 429\n/);
    expect(text).toMatch(/\n +openai\/gpt-4o +to be tried again +answered 429\n +box\/m +down *\n/);
  });

  it('tells that there is no network, and nothing of one that is there', () => {
    expect(renderStatus(statusDocument({ offline: true }), terminal)).toMatch(/\nNetwork +none: /);
    expect(renderStatus(statusDocument(), terminal)).not.toContain('Network');
  });

  it('tells what is wrong', () => {
    const text = renderStatus(
      statusDocument({
        auth: 'open',
        in_flight: 2,
        servers: [serverStatus({ state: 'down', problem: 'it refuses the connection' })],
        provider_problems: ['OPENAI_API_KEY holds a line end.'],
        warnings: ['config.yaml:1:1: look here'],
        ledger: {
          path: '/data/ledger.sqlite',
          writable: false,
          problem: 'the disk is full',
          lost_rows: 3,
          kept_aside: null,
          abandoned_at_start: 1,
        },
        responses: { path: '/data/responses.db', store: 'on', problem: 'another program has locked it' },
      }),
      terminal,
    );
    expect(text.replace(/since .* \(/, 'since … (')).toMatchInlineSnapshot(`
      "Address      http://127.0.0.1:4000 (open: no key is asked for)
      Running      llmgw 0.1.0, process 4242, since … (1 h 2 min)
      Profile      prod (no local chat model was found)
      Servers      ollama  http://127.0.0.1:11434  ollama 0.13.0  local  down: it refuses the connection
      Credentials  OPENAI_API_KEY holds a line end.
      Ledger       /data/ledger.sqlite
                   cannot be written: the disk is full; paid calls are refused
                   3 rows could not be written
                   1 request of a crash settled as abandoned at this start
      Responses    /data/responses.db
                   no conversation can be kept or gone on with: another program has locked it
      In flight    2 requests
      Memory       98.0 MB
      Config       no file: defaults
      Log          /state/llmgw.log
      Warnings     config.yaml:1:1: look here
      "
    `);
  });
});

describe('a line of the log', () => {
  const time = '2026-11-20T10:00:00.000Z';
  const shown = (entry: Record<string, unknown>): string =>
    renderLogLine(JSON.stringify({ level: 'info', time, ...entry }), terminal).slice(20);

  it('is time, level, message, fields', () => {
    expect(renderLogLine(JSON.stringify({ level: 'info', time, msg: 'found' }), terminal)).toMatch(
      /^2026-11-\d\d \d\d:\d\d:\d\d info {2}found$/,
    );
    expect(shown({ msg: 'found', server: 'ollama', models: 3, why: 'two words', list: ['a'] })).toBe(
      'info  found server=ollama models=3 why="two words" list=["a"]',
    );
  });

  it('has the stack of an error, and the sentence alone of a lesser one', () => {
    const err = { type: 'Error', message: 'it broke', stack: 'Error: it broke\n    at here\n    at there' };
    expect(shown({ level: 'error', msg: 'failed', err })).toBe(
      'error failed\n    Error: it broke\n    at here\n    at there',
    );
    expect(shown({ level: 'warn', msg: 'tried again', err })).toBe('warn  tried again\n    it broke');
  });

  it.each(['(node:1) Warning: something', '{not json', '[1]', '"x"', ''])(
    '%j, which is none, is shown as it is',
    (line) => {
      expect(renderLogLine(line, terminal)).toBe(line);
    },
  );

  it('never steers the terminal, whatever is in it', () => {
    const text = fc.oneof(fc.string(), fc.constant('\u001b[2J\u0007'));
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.dictionary(text, fc.oneof(text, fc.jsonValue())).map((value) => JSON.stringify(value)),
        ),
        (line) => {
          // eslint-disable-next-line no-control-regex -- these must not be there
          expect(renderLogLine(line, terminal)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
        },
      ),
    );
  });
});

describe('pieces', () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: false }, {}, false],
    [{}, {}, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { NO_COLOR: '' }, true],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{ isTTY: false }, { FORCE_COLOR: '1' }, true],
    [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
    [{ isTTY: true }, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('colours for %j with %j: %s', (stream, env, wanted) => {
    expect(wantsColor(stream, env)).toBe(wanted);
  });

  it('colours do not move the columns', () => {
    const rows = (paint: (text: string) => string) =>
      grid([
        [{ text: 'a', paint }, 'b'],
        [{ text: 'longer', paint }, 'c'],
      ]);
    // eslint-disable-next-line no-control-regex -- colours are taken out again
    const without = rows(colored.paint.red).map((line) => line.replace(/\u001b\[\d+m/g, ''));
    expect(without).toEqual(rows((text) => text));
    expect(rows((text) => text)).toEqual(['a       b', 'longer  c']);
  });

  it('wraps at words', () => {
    expect(wrap('one two  three four', 9)).toEqual(['one two', 'three', 'four']);
    expect(wrap('a-word-that-is-too-long x', 5)).toEqual(['a-word-that-is-too-long', 'x']);
    expect(wrap('', 5)).toEqual([]);
  });

  it.each([
    [[], ''],
    [['a', 'b'], 'a, b'],
    [['a', 'b', 'c'], 'a, b, c'],
    [['a', 'b', 'c', 'd'], 'a, b and 2 more'],
  ])('lists %j as %j', (items, text) => {
    expect(listed(items, 2)).toBe(text);
  });

  it('writes numbers as people do', () => {
    expect([0, 999, 1000, 4_661_211_808, 523_000_000_000].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '4.7 GB',
      '523 GB',
    ]);
    expect([0, 59_999, 60_000, 3_725_000, 90_000_000].map(formatDuration)).toEqual([
      '0 s',
      '59 s',
      '1 min 0 s',
      '1 h 2 min',
      '1 d 1 h',
    ]);
    expect(
      [512, 4096, 8192, 131_072, 128_000, 200_000, 1_048_576, 1_000_000, 1_047_576, 40_960].map(formatTokens),
    ).toEqual(['512', '4k', '8k', '128k', '128k', '200k', '1M', '1M', '1048k', '40k']);
  });
});
