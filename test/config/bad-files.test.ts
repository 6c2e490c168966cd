import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/config/problem.ts';

const ENV = { GPU_KEY: 'x', BAD_KEY: 'a b', EMPTY: '' };

describe('a mistake in a config file', () => {
  it.each([
    // Keys
    [
      'port: 1',
      '1:1: port: is not a key here; the keys are server, servers, providers, models, routing, profile, profiles, ' +
        'discovery, timeouts, responses, ollama, drop_params, prompt_caching',
    ],
    ['modles: {}', '1:1: modles: is not a key here; did you mean `models`?'],
    ['server:\n  allowedHosts: []', '2:3: server.allowedHosts: is not a key here; did you mean `allowed_hosts`?'],
    ['models:\n  a: {target: [x], targets: [y]}', '2:7: models.a.target: is not a key here; did you mean `targets`?'],
    ['server: {port: 1,\n  port: 2}', '2:3: server.port: stands twice in the same map; keep one of them'],
    ['models: {__proto__: a}', '1:10: models: has a key that is not a plain word'],
    ['models: {[a]: b}', '1:10: models: has a key that is not a plain word'],
    ['servers: [{name: a}]', '1:11: servers[0].base_url: is missing; add it'],
    // Kinds of values
    ['- a', '1:1: must be a map of keys and values'],
    ['a text', '1:1: must be a map of keys and values'],
    ['servers: {name: a}', '1:10: servers: must be a list, like [one, two]'],
    ['models: [a]', '1:9: models: must be a map of names and values'],
    [
      'models: {a: 1.5}',
      '1:13: models.a: must be a text (in quotes if it looks like something else), or a list, ' +
        'like [one, two], or a map of keys and values',
    ],
    ['models: {a: [b, 7]}', '1:17: models.a[1]: must be a text (in quotes if it looks like something else)'],
    ['server:\n  port:', '2:3: server.port: has no value; give it one, or take the line out'],
    ['server: {auth: opne}', '1:16: server.auth: `opne` is not one of key, open; did you mean `open`?'],
    ['server: {port: 65536}', '1:16: server.port: `65536` is not a port; write a number from 0 to 65535'],
    ['server: {port: 1.5}', '1:16: server.port: `1.5` is not a port; write a number from 0 to 65535'],
    ['discovery: {ignore: [0]}', '1:22: discovery.ignore[0]: `0` is not a port; write a number from 1 to 65535'],
    ['discovery: {enabled: yes}', '1:22: discovery.enabled: `yes` is neither true nor false'],
    // Profiles
    ['profile: prdo', '1:10: profile: `prdo` is none of the profiles; did you mean `prod`?'],
    ['profile: staging', '1:10: profile: `staging` is none of the profiles, which are dev, prod'],
    ['profiles: {v1: {}}', '1:12: profiles.v1: the name `v1` begins a path of ours; choose another'],
    [
      'profiles: {Dev: {}}',
      '1:12: profiles.Dev: the name `Dev` is no profile name; use small letters, digits and -, a letter first',
    ],
    ['profiles: {p: {alow: local}}', '1:16: profiles.p.alow: is not a key here; did you mean `allow`?'],
    [
      'profiles:\n  p:\n    allow: lokal',
      '3:12: profiles.p.allow: `lokal` is not one of local, cloud, any; did you mean `local`?',
    ],
    [
      'profiles: {p: {stand_in: a b}}',
      '1:26: profiles.p.stand_in: `a b` has spaces or control characters, which a model name cannot have',
    ],
    [
      'profiles: {p: {stand_in: "gpt-*"}}',
      '1:26: profiles.p.stand_in: `gpt-*` has a * in it; name one model, or write auto or none',
    ],
    [
      'profiles: {p: {stand_in: true}}',
      '1:26: profiles.p.stand_in: must be a text (in quotes if it looks like something else)',
    ],
    [
      'profiles: {p: {credentials: {opnai: work}}}',
      '1:30: profiles.p.credentials.opnai: is not a provider that llmgw knows, nor one of `providers:` in this file; did you mean `openai`?',
    ],
    [
      'profiles: {p: {credentials: {openai: my key}}}',
      '1:38: profiles.p.credentials.openai: `my key` is no name of a key; use letters, digits, dots, _ and -',
    ],
    ['profiles: {p: {cap: 50}}', '1:21: profiles.p.cap: `50` has no period; write it like 50/month, 10/week or 2/day'],
    [
      'profiles: {p: {cap: $50}}',
      '1:21: profiles.p.cap: `$50` has no period; write it like 50/month, 10/week or 2/day',
    ],
    [
      'profiles: {p: {cap: 50/year}}',
      '1:21: profiles.p.cap: `50/year` has an unknown period; day, week and month are known',
    ],
    [
      'profiles: {p: {cap: 0.00/day}}',
      '1:21: profiles.p.cap: `0.00/day` is nothing; write allow: local for a profile that never spends',
    ],
    [
      'profiles: {p: {cap: -5/day}}',
      '1:21: profiles.p.cap: `-5/day` is no cap; write dollars per day, week or month, like 50/month or 0.5/day',
    ],
    [
      'profiles: {p: {cap: 1e3/day}}',
      '1:21: profiles.p.cap: `1e3/day` is no cap; write dollars per day, week or month, like 50/month or 0.5/day',
    ],
    [
      'profiles: {p: {cap: 1000000.000000000001/day}}',
      '1:21: profiles.p.cap: `1000000.000000000001/day` is too much; the most is 1000000 dollars',
    ],
    [
      'profiles: {p: {cap: 0.0000000000001/day}}',
      '1:21: profiles.p.cap: `0.0000000000001/day` has more than 12 decimals',
    ],
    // Wildcards
    ['models: {"a*b*": x}', '1:10: models["a*b*"]: the name `a*b*` has more than one *; one is understood'],
    ['models: {"a*": "x/*/*"}', '1:16: models["a*"]: `x/*/*` has more than one *; one is understood'],
    ['models: {a: "x/*"}', '1:13: models.a: `x/*` has a * in it, but the name `a` has none to fill it'],
    [
      'profiles: {p: {models: {a: [b, "x/*"]}}}',
      '1:32: profiles.p.models.a[1]: `x/*` has a * in it, but the name `a` has none to fill it',
    ],
    // Keys
    [
      'providers: {openai: {api_key: "keychain:"}}',
      '1:31: providers.openai.api_key: the value is no reference to the keychain; write keychain:PROVIDER or keychain:PROVIDER:KEYNAME',
    ],
    [
      'providers: {openai: {api_key: "keychain:openai:my key"}}',
      '1:31: providers.openai.api_key: the value is no reference to the keychain; write keychain:PROVIDER or keychain:PROVIDER:KEYNAME',
    ],
    // The stored key `openai:work` is of openai.
    [
      'providers: {"openai:work": {base_url: "https://elsewhere.example/v1"}}',
      '1:13: providers["openai:work"]: the name `openai:work` has characters that a name cannot have ' +
        '(spaces, slashes, colons, other than ASCII)',
    ],
    // Units
    ['discovery: {interval: 5}', '1:23: discovery.interval: `5` has no unit; write it like 500ms, 5s, 2m or 1h30m'],
    [
      'discovery: {interval: 5 sec}',
      '1:23: discovery.interval: `5 sec` is not a duration; write it like 500ms, 5s, ' + '2m or 1h30m',
    ],
    ['discovery: {interval: 999ms}', '1:23: discovery.interval: `999ms` is too short; the shortest is 1s'],
    ['timeouts: {total: 25d}', '1:19: timeouts.total: `25d` is too long; the longest is 24d'],
    ['timeouts: {total: [1h]}', '1:19: timeouts.total: is not a duration; write it like 500ms, 5s, 2m or 1h30m'],
    [
      'server: {max_request: 64M}',
      '1:23: server.max_request: `64M` is not a size; write it like 64MB, 64MiB, 512KB ' + 'or a number of bytes',
    ],
    ['server: {max_request: 1GB}', '1:23: server.max_request: `1GB` is too large; the largest is 512MB'],
    [
      'server: {max_answer: -5}',
      '1:22: server.max_answer: `-5` is not a size; write it like 64MB, 64MiB, 512KB or a ' + 'number of bytes',
    ],
    ['responses: {keep: 59s}', '1:19: responses.keep: `59s` is too short; the shortest is 1m'],
    ['responses: {keep: 367d}', '1:19: responses.keep: `367d` is too long; the longest is 366d'],
    ['responses: {max_size: 999KB}', '1:23: responses.max_size: `999KB` is too small; the smallest is 1MB'],
    ['responses: {max_size: 2TB}', '1:23: responses.max_size: `2TB` is too large; the largest is 1TB'],
    ['responses: {store: never}', '1:20: responses.store: `never` is not one of on, off'],
    ['ollama: 11436', '1:9: ollama: must be a map of keys and values'],
    ['ollama: {port: 0}', '1:16: ollama.port: `0` is not a port; write a number from 1 to 65535'],
    ['ollama: {prot: 11436}', '1:10: ollama.prot: is not a key here; did you mean `port`?'],
    ['drop_params: maybe', '1:14: drop_params: `maybe` is neither true nor false'],
    ['prompt_caching: on', '1:17: prompt_caching: `on` is not one of auto, off'],
    // Who may call
    [
      'server: {host: 0.0.0.0, auth: open}',
      '1:31: server.auth: is `open` while server.host `0.0.0.0` can be reached ' +
        'from elsewhere; write `auth: key`, or listen on 127.0.0.1',
    ],
    [
      'server: {host: "127.0.0.1:80"}',
      '1:16: server.host: `127.0.0.1:80` has a port in it; the port has its own key, ' + 'server.port',
    ],
    [
      'server: {host: "*"}',
      '1:16: server.host: `*` is no address; write 0.0.0.0 for every IPv4 address of the machine',
    ],
    ['server: {host: a_b c}', '1:16: server.host: `a_b c` is no host name or address'],
    [
      'server: {allowed_hosts: ["*.example"]}',
      '1:26: server.allowed_hosts[0]: `*.example` has a wildcard, which would ' +
        'let in names that somebody else can make; write each name out',
    ],
    [
      'server: {allowed_hosts: ["https://x.example"]}',
      '1:26: server.allowed_hosts[0]: `https://x.example` has a scheme ' + 'in it; write the name alone',
    ],
    [
      'server: {allowed_origins: ["*"]}',
      '1:28: server.allowed_origins[0]: `*` would let every web page spend your ' + 'money; write the origins out',
    ],
    [
      'server: {allowed_origins: ["null"]}',
      '1:28: server.allowed_origins[0]: `null` is the origin of every sandboxed ' +
        'page and local file; serve the page from an address of its own',
    ],
    [
      'server: {allowed_origins: ["https://x.example/"]}',
      '1:28: server.allowed_origins[0]: `https://x.example/` is no ' +
        'origin; write scheme://host or scheme://host:port, without a path or a slash at the end',
    ],
    [
      'server: {allowed_origins: [x.example]}',
      '1:28: server.allowed_origins[0]: `x.example` is no origin; write ' +
        'scheme://host or scheme://host:port, without a path or a slash at the end',
    ],
    [
      'server: {allowed_origins: ["https://*.example"]}',
      '1:28: server.allowed_origins[0]: `https://*.example` has a ' +
        "wildcard; only the whole host of a program's own scheme can be one",
    ],
    [
      'server: {allowed_origins: ["https://*"]}',
      '1:28: server.allowed_origins[0]: `https://*` has a wildcard; only ' +
        "the whole host of a program's own scheme can be one",
    ],
    // Servers and providers
    [
      'servers: [{name: a, base_url: "127.0.0.1:9200"}]',
      '1:31: servers[0].base_url: the value needs http:// or ' + 'https:// in front',
    ],
    [
      'servers: [{name: a, base_url: "ftp://x"}]',
      '1:31: servers[0].base_url: the value needs http:// or https:// in ' + 'front',
    ],
    [
      'servers: [{name: a, base_url: "http://user:pass@x"}]',
      '1:31: servers[0].base_url: the value has a user or ' + 'password in it; put the key into api_key',
    ],
    [
      'servers: [{name: a, base_url: "http://x/v1?key=1"}]',
      '1:31: servers[0].base_url: the value has a query or ' + 'fragment (? or #); write the address up to the path',
    ],
    [
      'servers: [{name: a, base_url: "http://x/v1/chat/completions"}]',
      '1:31: servers[0].base_url: the value ends in ' + 'the path of one endpoint; leave /chat/completions away',
    ],
    [
      'servers: [{name: a, base_url: "http://:80"}]',
      '1:31: servers[0].base_url: the value is no address; write it ' + 'like http://127.0.0.1:9200/v1',
    ],
    [
      'servers: [{name: a/b, base_url: "http://x"}]',
      '1:18: servers[0].name: `a/b` has characters that a name cannot have ' +
        '(spaces, slashes, colons, other than ASCII)',
    ],
    [
      'servers: [{name: a, base_url: "http://x", kind: vlm}]',
      '1:49: servers[0].kind: `vlm` is not one of the allowed ' + 'values; did you mean `vllm`?',
    ],
    [
      'servers: [{name: a, base_url: "http://x"}, {name: a, base_url: "http://y"}]',
      '1:51: servers[1].name: `a` is the ' + 'name of servers[0] already; choose another name',
    ],
    [
      'servers: [{name: openai, base_url: "http://x"}]',
      '1:18: servers[0].name: `openai` is the name of a cloud ' + 'provider; choose another name',
    ],
    [
      'servers: [{name: demo, base_url: "http://x"}]',
      '1:18: servers[0].name: `demo` is used by llmgw itself; choose ' + 'another name',
    ],
    [
      'servers: [{name: a, base_url: "http://x"}]\nproviders: {a: {base_url: "http://x"}}',
      '1:18: servers[0].name: `a` ' + 'is one of `providers:` in this file already; choose another name',
    ],
    [
      'providers: {llmgw: {base_url: "http://x"}}',
      '1:13: providers.llmgw: the name `llmgw` is used by llmgw itself; ' + 'choose another',
    ],
    [
      'providers: {opnai: {}}',
      '1:13: providers.opnai: is not a provider that llmgw knows; give its base_url; did you ' + 'mean `openai`?',
    ],
    [
      'providers: {openai: {api_key: 12}}',
      '1:31: providers.openai.api_key: must be a text (in quotes if it looks ' + 'like something else)',
    ],
    [
      'providers: {openai: {api_key: ""}}',
      '1:31: providers.openai.api_key: the value is empty; give a key, or take ' + 'the line out if none is needed',
    ],
    [
      'providers: {openai: {api_key: "${BAD_KEY}"}}',
      '1:31: providers.openai.api_key: the value has characters in it ' +
        'that no key has (spaces, line ends, accents)',
    ],
    [
      'providers: {openai: {dialect: klingon}}',
      '1:31: providers.openai.dialect: `klingon` is not one of openai-chat, openai-responses, ' +
        'anthropic-messages, gemini, ollama, bedrock-converse',
    ],
    // Names of models
    ['models: {a: []}', '1:13: models.a: is empty; name at least one model'],
    ['models: {a: {targets: []}}', '1:23: models.a.targets: is empty; name at least one model'],
    ['models: {a: b c}', '1:13: models.a: `b c` has spaces or control characters, which a model name cannot have'],
    ['models: {a: ""}', '1:13: models.a: the value is empty'],
    [
      'models: {"b c": a}',
      '1:10: models["b c"]: the name `b c` has spaces or control characters, which a model name ' + 'cannot have',
    ],
    [
      'models: {llmgw/a: b}',
      '1:10: models["llmgw/a"]: the name `llmgw/a` begins with llmgw/, which is taken off every ' +
        'name; leave it away',
    ],
    [
      'models: {a: a}',
      '1:13: models.a: stands for itself; write server/model or provider/model for the model behind ' + 'the name',
    ],
    [
      'models: {a: llmgw/a}',
      '1:13: models.a: stands for itself; write server/model or provider/model for the model ' + 'behind the name',
    ],
    [
      'models:\n  a: [x, b]\n  b: {targets: [c]}\n  c: a',
      '4:6: models.c: comes back to itself: `a` → `b` → `c` → `a`; ' + 'name a model of a server or provider',
    ],
    [
      'models: {a: b, b: c, c: d, d: e, e: f, f: x}',
      '1:13: models.a: is the start of a chain of more than 5 names; ' + 'name the model itself',
    ],
    ['profile: dve\nprofiles: {dev: }', '1:10: profile: `dve` is none of the profiles; did you mean ' + '`dev`?'],
    [
      'profiles: {V1: }',
      '1:12: profiles.V1: the name `V1` is no profile name; use small letters, digits and -, a ' + 'letter first',
    ],
    ['profiles: {v1: }', '1:12: profiles.v1: the name `v1` begins a path of ours; choose another'],
    ['profiles: {dev: {modles: {}}}', '1:18: profiles.dev.modles: is not a key here; did you mean `models`?'],
    // The environment
    [
      'providers: {openai: {api_key: "${GPU_KYE}"}}',
      '1:31: providers.openai.api_key: the environment variable GPU_KYE ' +
        'is not set; set it, or write ${GPU_KYE:-default}; did you mean `GPU_KEY`?',
    ],
    [
      'providers: {openai: {api_key: "${EMPTY}"}}',
      '1:31: providers.openai.api_key: the environment variable EMPTY is ' +
        'empty; set it, or write ${EMPTY:-default}',
    ],
    [
      'models: {a: "${a b}"}',
      '1:13: models.a: has a `${` that is no reference; write ${NAME} or ${NAME:-default}, or ' +
        '$${ for the characters themselves',
    ],
    [
      'models: {a: "${GPU_KEY"}',
      '1:13: models.a: has a `${` that is no reference; write ${NAME} or ${NAME:-default}, ' +
        'or $${ for the characters themselves',
    ],
    [
      'models: {a: "${constructor}"}',
      '1:13: models.a: the environment variable constructor is not set; set it, or ' + 'write ${constructor:-default}',
    ],
    // YAML
    ['server: {api_key: ${KEY}}', '1:20: YAML: inside { } or [ ] a ${NAME} needs quotes; write "${NAME}"'],
    ['server:\n\tport: 1', '2:1: YAML: a tab indents this line; use spaces'],
    ['server: "x', '1:11: YAML: a quote, bracket or `:` is missing here, or the indentation is wrong'],
    ['server: {port: 1', '1:17: YAML: a quote, bracket or `:` is missing here, or the indentation is wrong'],
    ['server: {port: 1}}', '1:18: YAML: nothing can stand here; quotes or a bracket are missing before it'],
    [
      'port:1\nauth: key',
      '1:1: YAML: this line does not fit the one before; is `: ` (with a space) missing, or the ' +
        'indentation wrong?',
    ],
    ['models: {a: @x}', '1:13: YAML: a text cannot begin with this character; put quotes around it'],
    [
      'models: {a: "C:\\qwen"}',
      '1:16: YAML: this \\ escape is unknown; write \\\\ for one backslash, or use single ' + 'quotes',
    ],
    [
      'models: {a: !secret x}',
      '1:13: YAML: tags such as !name are not understood; put quotes around it if it is a text',
    ],
    [
      'server: {}\n---\nserver: {}',
      '2:1: starts a second document in the file; keep one, without `---` or `...` ' + 'between',
    ],
    [
      'models: {a: *x}',
      '1:13: models.a: uses `*x`, which stands for nothing; put `&x` before the value that it ' +
        'repeats, or quotes around it if it is a text',
    ],
    ['models: {<<: a}', '1:10: models["<<"]: merges something that is no map; write `<<: *name`'],
    ['models: &m {a: *m}', '1:12: models: is too large, or holds itself, once its aliases are put in; write it out'],
  ])('%j is named', (text, expected) => {
    expect(problemsOf(text)).toBe(`config.yaml:${expected}`);
  });

  it('does not hide the others, and each is on a line of its own in the order of the file', () => {
    expect(
      problemsOf(`server: {prot: 1, auth: open, host: 10.0.0.1}
servers:
  - {name: a, base_url: nowhere, kind: vlm}
  - {name: a}
models: {x: y, y: x}
providers: {corp: {models: [1]}}
profile: work
`),
    ).toBe(`config.yaml:1:10: server.prot: is not a key here; did you mean \`port\`?
config.yaml:1:25: server.auth: is \`open\` while server.host \`10.0.0.1\` can be reached from elsewhere; \
write \`auth: key\`, or listen on 127.0.0.1
config.yaml:3:25: servers[0].base_url: the value needs http:// or https:// in front
config.yaml:3:40: servers[0].kind: \`vlm\` is not one of the allowed values; did you mean \`vllm\`?
config.yaml:4:5: servers[1].base_url: is missing; add it
config.yaml:4:12: servers[1].name: \`a\` is the name of servers[0] already; choose another name
config.yaml:5:19: models.y: comes back to itself: \`x\` → \`y\` → \`x\`; name a model of a server or provider
config.yaml:6:13: providers.corp: is not a provider that llmgw knows; give its base_url
config.yaml:6:29: providers.corp.models[0]: must be a text (in quotes if it looks like something else)
config.yaml:7:10: profile: \`work\` is none of the profiles, which are dev, prod`);
  });

  it('is found in a file with line ends of Windows too', () => {
    expect(problemsOf('server:\r\n  port: 1\r\n  auth: x\r\n')).toBe(
      'config.yaml:3:9: server.auth: `x` is not one of key, open',
    );
  });
});

describe('whatever the file holds', () => {
  const WORDS = [
    'server',
    'servers',
    'models',
    'a',
    ':',
    ': ',
    '- ',
    '\n',
    '\n  ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '&x ',
    '*x',
    '<<',
    '!t ',
    '|',
    '>',
    '#',
    '${A}',
    '${',
    '$$',
    '~',
    '0',
    '1e99',
    '? ',
    '---\n',
    '%',
    '\t',
    '\u0000',
    '\ufeff',
    '😀',
    '5s',
  ];

  it('only a ConfigError comes out of it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => words.join('')),
      fc
        .array(fc.constantFrom('server', 'port', 'models', 'name', 'base_url'), { maxLength: 4 })
        .chain((path) =>
          fc
            .jsonValue()
            .map((value) => JSON.stringify(path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value))),
        ),
    );
    fc.assert(
      fc.property(text, (written) => {
        try {
          parseSettings({ file: 'f', text: written, readableByOthers: true }, { A: 'value' });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['brackets', '['.repeat(500_000)],
    ['lists in a line', '- '.repeat(300_000)],
    ['maps in a line', '{a: '.repeat(100_000)],
    ['keys of keys', '? '.repeat(200_000)],
    [
      'a bomb of aliases',
      Array.from({ length: 40 }, (_, n) => `a${n}: &a${n} [${`*a${n - 1},`.repeat(n && 9)}]`).join('\n'),
    ],
    ['a map that merges itself', 'a: &a {<<: *a}'],
    ['a list of anchors', '&a '.repeat(100_000)],
  ])('%s end as a ConfigError too', (_, text) => {
    expect(() => parseSettings({ file: 'f', text, readableByOthers: false }, {})).toThrow(ConfigError);
  });

  it('a long file takes no longer than its length', () => {
    const names = Array.from({ length: 50_000 }, (_, n) => `  name-${n}: ollama/x`);
    const { settings } = parseSettings(
      { file: 'f', text: `models:\n${names.join('\n')}`, readableByOthers: false },
      {},
    );
    expect(settings.models).toHaveLength(50_000);
    const chain = names.map((_, n) => `  name-${n}: name-${n + 1}`).join('\n');
    expect(problemsOf(`models:\n${chain}\n  name-50000: x`)).toContain('is the start of a chain of more than 5 names');
  });
});

describe('a value from the environment', () => {
  const SENTINEL = 'S3NT1NEL';
  const VALUES = [
    SENTINEL,
    `${SENTINEL} x`,
    `http://${SENTINEL}@x`,
    `${SENTINEL}\n`,
    `5${SENTINEL}`,
    `/${SENTINEL}`,
    `${SENTINEL}/*`,
  ];
  const PLACES = [
    'server: {host: V}',
    'server: {port: V}',
    'server: {auth: V}',
    'server: {allowed_hosts: [V]}',
    'server: {allowed_origins: [V]}',
    'server: {max_request: V}',
    'server: {request_timeout: V}',
    'servers: [V]',
    'servers: [{name: V, base_url: V, api_key: V, kind: V, local: V}, {name: V, base_url: V}]',
    'servers: V',
    'models: V',
    'providers: {openai: {base_url: V, api_key: V, dialect: V, models: [V, V]}}',
    'models: {a: V, b: [V], c: {targets: V}}',
    'profile: V',
    'profiles: {dev: V}',
    'profiles: {dev: {allow: V, stand_in: V, cap: V, credentials: {openai: V, nobody: V}, models: {a: V, b: [V]}}}',
    'discovery: {enabled: V, interval: V, ignore: [V]}',
    'responses: {store: V, keep: V, max_size: V}',
    'ollama: {port: V}',
    'drop_params: V',
    'prompt_caching: V',
    'extra: V',
    'server: {host: V, auth: open}',
  ];

  it.each(PLACES)('in %s never gets into an error', (place) => {
    for (const value of VALUES) {
      const text = place.replaceAll('V', '"x${SECRET_VALUE}"');
      const exact = place.replaceAll('V', '"${SECRET_VALUE}"');
      expect(problemsOf(text, { SECRET_VALUE: value })).not.toContain(SENTINEL);
      expect(problemsOf(exact, { SECRET_VALUE: value })).not.toContain(SENTINEL);
    }
  });
});

/** The message of the error; empty: the file is good. */
function problemsOf(text: string, env: NodeJS.ProcessEnv = ENV): string {
  try {
    parseSettings({ file: 'config.yaml', text, readableByOthers: false }, env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
