import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELLS, type Shell } from '../../src/cli/completion/value-kinds.ts';
import { makeHome, PROGRAM, type TestHome } from '../helpers/daemon.ts';

/** A model server chooses the names of its models: this one would run a command if it were put on the line as it is. */
const HOSTILE = '$(touch${IFS}ran)';
const CONFIG = `
discovery: {enabled: false}
models:
  "fast:8b": ollama/llama3.2:3b
  "fast:9b": ollama/llama3.2:3b
  "team/fast@2": ollama/llama3.2:3b
  "gpt-*": ollama/llama3.2:3b
  "${HOSTILE}": ollama/llama3.2:3b
providers:
  work: {base_url: 'http://127.0.0.1:9/v1', models: [big]}
profiles:
  staging: {allow: any}
`;

/** LiteLLM's file in the place of ours. */
const OF_LITELLM = `
model_list:
  - {model_name: "chat:8b", litellm_params: {model: ollama/llama3.2}}
  - {model_name: "team/chat", litellm_params: {model: ollama/llama3.2}}
  - {model_name: "chat-*", litellm_params: {model: "openai/*"}}
router_settings: {model_group_alias: {champion: team/chat}}
`;

let home: TestHome;
let liteLlmHome: TestHome;
let folder: string;
beforeAll(async () => {
  home = makeHome({ config: CONFIG });
  liteLlmHome = makeHome({ config: OF_LITELLM });
  folder = mkdtempSync(join(tmpdir(), 'llmgw-shells-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'llmgw'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  chmodSync(join(folder, 'bin', 'llmgw'), 0o755);
  for (const shell of SHELLS) {
    writeFileSync(join(folder, `_${shell}`), (await home.run(['completion', shell])).stdout);
  }
  mkdirSync(join(folder, 'zsh'));
  writeFileSync(join(folder, 'zsh', '_llmgw'), (await home.run(['completion', 'zsh'])).stdout);
  writeFileSync(join(folder, 'settings.yaml'), '');
  writeFileSync(join(folder, 'my $(touch ran) file.yaml'), '');
  // What a checkout may hold, and nobody has asked to be run.
  writeFileSync(join(folder, 'llmgw'), '#!/bin/sh\ntouch ran\necho staging-from-here\n');
  chmodSync(join(folder, 'llmgw'), 0o755);
  await home.run(['key', 'add', 'laptop']);
  const stored = { v: 1, keys: [{ account: 'groq', store: 'file', added_at: '2026-11-20T10:00:00.000Z' }] };
  mkdirSync(join(home.folder, 'data'), { recursive: true });
  writeFileSync(join(home.folder, 'data', 'credentials.json'), JSON.stringify(stored));
  mkdirSync(join(home.folder, 'cache', 'models'), { recursive: true });
  writeFileSync(join(home.folder, 'cache', 'models', 'openai.json'), '{"apiBase":"x","ids":["gpt-4o","o3"]}');
  writeFileSync(join(home.folder, 'cache', 'models', '50%.json'), '{"apiBase":"x","ids":["other"]}');
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([home.remove(), liteLlmHome.remove()]);
});

/** What each shell offers for each line, sorted. */
function offered(shell: Shell, lines: readonly string[], at: TestHome = home): string[][] {
  const driver = fileURLToPath(new URL(`./shells/candidates.${shell}`, import.meta.url));
  const args = {
    bash: ['--norc', driver, join(folder, '_bash')],
    zsh: ['-f', driver, join(folder, 'zsh'), join(folder, 'notes')],
    fish: ['--no-config', driver, join(folder, '_fish')],
  }[shell];
  const found = { MISTRAL_API_KEY: 'key-0123456789' };
  const env = { ...at.env, ...found, PATH: `${join(folder, 'bin')}:${at.env['PATH'] ?? ''}`, TERM: 'xterm' };
  const output = execFileSync(shell, [...args, ...lines], { cwd: folder, env, encoding: 'utf8', timeout: 30_000 });
  const parts = output.split('--end--\n').slice(0, -1);
  return parts.map((part) => [...new Set(part.split('\n').filter((line) => line !== ''))].sort());
}

const PROFILES = ['dev', 'prod', 'staging'];
const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['llmgw prof', ['profile']],
  ['llmgw profile ', ['list', 'show', 'use']],
  ['llmgw profile u', ['use']],
  ['llmgw profile use ', PROFILES],
  ['llmgw profile use s', ['staging']],
  ['llmgw start --profile ', PROFILES],
  ['llmgw start --profile staging --dem', ['--demo']],
  ['llmgw key add name --profile p', ['prod']],
  ['llmgw key remove ', ['laptop']],
  ['llmgw key show ', ['default', 'laptop']],
  ['llmgw auth add groq', ['groq']],
  ['llmgw auth remove ', ['groq']],
  ['llmgw auth test ', ['groq', 'mistral', 'work']],
  ['llmgw route gp', ['gpt-4o']],
  ['llmgw route openai/gp', ['openai/gpt-4o']],
  ['llmgw spend --by mo', ['model']],
  ['llmgw spend --by day --js', ['--json']],
  ['llmgw scan --config sett', ['settings.yaml']],
  ['llmgw completion f', ['fish']],
  ['llmgw completion in', ['install']],
  ['llmgw completion install z', ['zsh']],
  ['llmgw help prof', ['profile']],
];

for (const shell of SHELLS) {
  const isThere = spawnSync(shell, ['--version']).error === undefined;
  if (!isThere) console.warn(`skipped: the completions in ${shell}, which is not installed here`);
  // skipped: said above
  describe.skipIf(!isThere)(`in ${shell}`, () => {
    it('offers commands, options, choices, files and the names there are', () => {
      const answers = offered(
        shell,
        CASES.map(([line]) => line),
      );
      expect(CASES.map(([line], index) => [line, answers[index]])).toEqual(CASES);
    });

    it('offers no second value where one is taken', () => {
      const [second = []] = offered(shell, ['llmgw profile use dev ']);
      expect(second.filter((value) => PROFILES.includes(value))).toEqual([]);
    });

    it('completes words with colons, slashes and at signs', () => {
      const [colon, whole, slash] = offered(shell, ['llmgw route fast:', 'llmgw route fas', 'llmgw route team/f']);
      expect(whole).toEqual(['fast:8b', 'fast:9b']);
      // Bash puts in only what follows the last break.
      expect(colon).toEqual(shell === 'bash' ? ['8b', '9b'] : ['fast:8b', 'fast:9b']);
      expect(slash).toEqual(['team/fast@2']);
    });

    it("offers the names in LiteLLM's file", () => {
      const [names, slash] = offered(shell, ['llmgw route ch', 'llmgw route team/'], liteLlmHome);
      expect([names, slash]).toEqual([['champion', 'chat:8b'], ['team/chat']]);
    });

    it('completes the value of an option in one word with it', () => {
      const [values = []] = offered(shell, ['llmgw start --profile=s']);
      expect(values.map((value) => value.replace(/^--profile=/, ''))).toEqual(['staging']);
    });

    it('runs nothing that a name says', () => {
      const [names = []] = offered(shell, ['llmgw route ']);
      expect(names.filter((name) => name.includes('touch'))).toHaveLength(1);
      if (shell === 'bash') expect(names).toContain(String.raw`\$\(touch\$\{IFS\}ran\)`);
      expect(existsSync(join(folder, 'ran'))).toBe(false);
    });
  });
}

describe('the bash script', () => {
  it('keeps quotes that were typed', () => {
    expect(offered('bash', ["llmgw profile use 'd"])).toEqual([['dev']]);
  });

  it('quotes the names of files where bash cannot', () => {
    expect(offered('bash', ['llmgw scan --config my'])).toEqual([[String.raw`my\ \$\(touch\ ran\)\ file.yaml`]]);
  });

  it('runs no program of the folder', () => {
    expect(offered('bash', ['./llmgw profile use s'])).toEqual([['staging']]);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it('glues words as a line says, where a break is no word of its own', () => {
    expect(offered('bash', ['llmgw   profile   use   st'])).toEqual([['staging']]);
  });
});
