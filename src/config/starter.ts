/** The JSON Schema that editors are pointed to: a file beside the config, since a network may not be there. */
export const SCHEMA_FILE = 'llmgw.schema.json';

/** What `llmgw config init` writes. It changes nothing: all that is not a comment are the defaults. */
export const STARTER_CONFIG = `# yaml-language-server: $schema=./${SCHEMA_FILE}
#
# The config file of llmgw. Nothing in it is needed: what is not here has its default.
# A line with a # right before a word or two spaces is an example: take the # away
# to use it. A daemon that runs follows this file; \`llmgw config check\` tells what is
# wrong with it, \`llmgw config show\` all that is in force.

# How the gateway listens, and who may call it. These are the defaults.
#server:
#  host: 127.0.0.1
#  port: 4000
#  auth: key                  # key | open (on loopback only)
#  allowed_hosts: []          # further names for the Host header
#  allowed_origins: []        # further origins of web pages that may call
#  max_request: 64MB
#  max_answer: 64MB
#  request_timeout: 60s

# Model servers that are not found by themselves: on another machine or port.
#servers:
#  - name: gpu-box            # its models are gpu-box/NAME
#    base_url: http://192.168.1.20:8000
#    local: true              # its models cost nothing

# Cloud providers: most need no entry. \`llmgw auth add PROVIDER\` puts a key into the
# keychain; \${NAME} takes one from the environment, keychain:NAME names one of several.
#providers:
#  openai:
#    api_key: keychain:openai:work
#  corp:
#    base_url: https://llm.corp.example/v1
#    api_key: "\${CORP_KEY:-none}"
#    models: [big]            # left out: listed from the provider

# Names of your own: a model, or several in the order to try them, or deployments that
# share the load and make way for each other.
#models:
#  fast: ollama/llama3.2:3b
#  smart: [openai/gpt-4o, gpu-box/qwen3:32b]
#  chat:
#    deployments:
#      - target: openai/gpt-4o
#        weight: 9            # nine of ten requests
#        rpm: 500
#      - target: gpu-box/qwen3:32b
#        weight: 1
#        max_parallel: 4
#    fallbacks: [fast]        # who is asked when neither of them answers
#  auto:                      # chosen by the request itself, without asking a model
#    rules:
#      - when: {tokens_over: 8000}
#        use: smart
#      - use: chat

# How one of several deployments is chosen, and what is done when it fails, for all names
# that do not say it themselves.
#routing:
#  strategy: shuffle          # round-robin | least-busy | latency | usage | cost | warm-first
#  retries: 2
#  cooldown: 5s               # how long one that fails is left alone
#  deadline: 10m              # until an answer begins, whatever is tried
#  fallbacks: {"*": [fast]}

# The profile to start in, where \`llmgw profile use\` chose no other.
#profile: dev

# Who answers for which name in one situation. dev and prod are there anyway, as below
# but for their models, credentials and cap.
#profiles:
#  dev:
#    allow: local             # local | cloud | any: a wall
#    stand_in: auto           # a local model answers for cloud names; none | a model
#    models:
#      "gpt-*": ollama/qwen3:32b
#  prod:
#    allow: any
#    stand_in: none
#    credentials: {openai: work}
#    cap: 50/month            # dollars per day, week or month

# The search for model servers on this machine.
#discovery:
#  enabled: true
#  interval: 5s
#  ignore: []                 # ports that are never asked

# Limits of one call to a server or provider.
#timeouts:
#  connect: 10s
#  first_byte: 10m            # a local server may load a model in it
#  idle: 5m
#  total: 60m

# Answers kept for previous_response_id, where the upstream keeps none. They hold what
# was asked and answered, which nothing else of llmgw keeps.
#responses:
#  store: on                  # on | off
#  keep: 24h                  # then each is gone
#  max_size: 256MB            # the oldest go first

# Programs made for Ollama send no key; on this port of 127.0.0.1 they need none.
#ollama:
#  port: 11436                # 11434 and 11435 are Ollama's own

# Parameters that the model which answers does not have are left out, and named in the
# header x-llmgw-dropped. false: the request is refused.
#drop_params: true

# Claude caches only what is marked. auto: conversations of clients whose format has no marks
# (all but Anthropic's) are marked for it. off: what is sent has the client's marks alone.
#prompt_caching: auto
`;
