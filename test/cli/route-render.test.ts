import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { renderRoute } from '../../src/cli/render/route.ts';
import type { RouteDocument } from '../../src/daemon/status.ts';

const STOOD_IN: RouteDocument = {
  v: 1,
  group: null,
  model: 'gpt-4o',
  profile: 'dev',
  endpoint: 'chat/completions',
  route: 'dev: gpt-4o -> ollama/qwen3:8b (stand-in: loaded, tools)',
  stands_in_for: 'gpt-4o',
  next: { target: 'ollama/qwen3:8b', fallback: null },
  candidates: [
    {
      target: 'ollama/qwen3:8b',
      locality: 'local',
      position: 1,
      reason: 'stand-in: loaded, tools',
      wire: { dialect: 'ollama', passes: false },
      doubt: null,
      price: { input_usd: '0', output_usd: '0' },
    },
    {
      target: 'lmstudio/qwen/qwen3-coder-30b-a3b-instruct-some-quantisation',
      locality: 'local',
      position: 2,
      reason: 'stand-in: not loaded, reports no tools, context of 4096 is too small',
      wire: { dialect: 'openai-chat', passes: true },
      doubt: null,
      price: { input_usd: '0', output_usd: '0' },
    },
    {
      target: 'openai/gpt-4o',
      locality: 'cloud',
      position: null,
      reason: 'profile allows local only',
      wire: null,
      doubt: null,
      price: { input_usd: '2.5', output_usd: '10' },
    },
    {
      target: 'groq/gpt-4o',
      locality: 'cloud',
      position: null,
      reason: 'no usable credential',
      wire: null,
      doubt: null,
      price: null,
    },
  ],
  error: null,
};

const REFUSED: RouteDocument = {
  ...STOOD_IN,
  model: 'text-embedding-3-small',
  endpoint: 'embeddings',
  stands_in_for: null,
  candidates: [],
  error: {
    code: 'model_not_found',
    status: 404,
    message: 'No other model stands in for the embedding model `text-embedding-3-small`.',
    hint: 'Name a local one in the config.',
  },
};

const plainly = (document: RouteDocument, columns = 80) =>
  renderRoute(document, { columns, paint: new Chalk({ level: 0 }) });

describe('llmgw route', () => {
  it('prints who is tried, who is not, and why', () => {
    expect(plainly(STOOD_IN).split('\n')).toEqual([
      'gpt-4o in profile dev (chat/completions)',
      'ollama/qwen3:8b would answer in place of the cloud model gpt-4o.',
      '',
      'Tried in this order',
      '1  ollama/qwen3:8b                           local  free',
      '   stand-in: loaded, tools',
      '   written anew as ollama',
      '2  lmstudio/qwen/qwen3-coder-30b-a3b-instr…  local  free',
      '   stand-in: not loaded, reports no tools, context of 4096 is too small',
      '   the bytes pass (openai-chat)',
      '',
      'Passed over',
      '-  openai/gpt-4o  cloud  $2.5 / $10',
      '   profile allows local only',
      '-  groq/gpt-4o    cloud  no known price',
      '   no usable credential',
      '',
      'Prices are for a million tokens, in and out.',
      '',
    ]);
  });

  it('prints how one of several is chosen, who is left out, and who is asked after them', () => {
    const one = { target: '', region: null, state: 'open', in_flight: 0, left_out: null } as const;
    const group: RouteDocument['group'] = {
      name: 'chat',
      strategy: 'latency',
      rule: 'rule 2: tools',
      deployments: [
        { ...one, id: 'eu-1', order: 1, weight: 9, tags: ['pii', 'eu'], is_next: true },
        {
          ...one,
          id: 'box/m',
          order: 1,
          weight: null,
          tags: [],
          is_next: false,
          left_out: 'its server does not answer',
        },
      ],
      fallbacks: { general: ['cheap', 'gpt-4o'], context_window: ['long'], content_policy: null },
    };
    const lines = plainly({ ...STOOD_IN, group }).split('\n');
    expect(lines.slice(3, 13)).toEqual([
      'Chosen for a short request: chat (rule 2: tools).',
      '',
      'Group chat, by latency',
      '>  eu-1   order 1, weight 9, tags pii eu',
      '   box/m  order 1                         its server does not answer',
      '',
      'Fallbacks',
      '   when nobody of it can answer: cheap, then gpt-4o',
      '   when the prompt is too long: long',
      '',
    ]);
    expect(lines).toContain('One of these is asked first');
  });

  it('prints why nothing would be sent', () => {
    expect(plainly(REFUSED).split('\n')).toEqual([
      'text-embedding-3-small in profile dev (embeddings)',
      'Nothing would be sent: 404 model_not_found. No other model stands in for the',
      'embedding model `text-embedding-3-small`. Name a local one in the config.',
      '',
    ]);
  });

  it('says who would be asked and may refuse', () => {
    const target = 'openai/tts-1';
    const [first] = STOOD_IN.candidates;
    if (first === undefined) throw new Error('no candidate');
    const doubtful = { ...first, target, doubt: `${target} is for speech` };
    const lines = plainly({
      ...STOOD_IN,
      stands_in_for: null,
      next: { target, fallback: null },
      candidates: [doubtful],
    }).split('\n');
    expect(lines[1]).toBe('openai/tts-1 would be asked, and may refuse: openai/tts-1 is for speech.');
    expect(lines).toContain('   openai/tts-1 is for speech');
  });

  it('names whom a request would be sent to, which need not be the first of the list', () => {
    const next = { target: 'lp/m', fallback: 'spare' };
    expect(plainly({ ...STOOD_IN, next }).split('\n')[1]).toBe('lp/m would answer, as the fallback spare.');
    expect(plainly({ ...STOOD_IN, next: null }).split('\n')[1]).toMatch(/^A request would wait:/);
  });

  it('says the same in colours', () => {
    const colored = renderRoute(STOOD_IN, { columns: 80, paint: new Chalk({ level: 1 }) });
    expect(colored).toContain('\u001b[1mgpt-4o\u001b[22m');
    // eslint-disable-next-line no-control-regex -- the colours are what is taken out
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(plainly(STOOD_IN));
  });

  it.each([40, 80, 200])('fits %i columns but for the names', (columns) => {
    const prose = plainly(STOOD_IN, columns)
      .split('\n')
      .filter((line) => !/^\S.*\//.test(line));
    for (const line of prose) expect(line.length).toBeLessThanOrEqual(columns);
    for (const line of plainly(STOOD_IN, 80).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('takes out of names what would steer the terminal', () => {
    const hostile = { ...STOOD_IN, model: 'a\u001b[2Jb', profile: 'dev' };
    expect(plainly(hostile)).not.toContain('\u001b');
  });
});
