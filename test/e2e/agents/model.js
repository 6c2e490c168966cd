// What the scripted model says, in no dialect: it uses the shell that the agent offers, then tells what it printed.

/** What is printed stands in no command. Without `$(…)`, which Gemini CLI refuses. */
const COMMANDS = ["printf 'first-%d' 0x2A", "printf 'second-%d' 0x1F"];
export const PRINTED = ['first-42', 'second-31'];

export const PROMPT_TOOL = 'USE-THE-SHELL: run the two commands that you think of, then tell me what they printed.';
export const PROMPT_TEXT = 'ONLY-TALK: say hello.';

/** Asks for one call of the tool whose name ends so; `given`: arguments, else what the tool requires. */
export function promptFor(tool, given = null) {
  return `CALL-ONE: ${JSON.stringify({ tool, given })} and nothing else.`;
}

export const THOUGHT = 'I think about shells.';
export const HELLO = 'Hello from a scripted model. \u{1F642}';

/** What a back counts in each answer; totals with of-which classes. */
export const COUNTED = { input: 1200, cacheRead: 200, output: 50, reasoning: 20 };

const SHELLS = [
  'Bash',
  'bash',
  'exec_command',
  'shell_command',
  'shell',
  'local_shell',
  'run_shell_command',
  'run_terminal_command',
  'runTerminalCommand',
];

/**
 * Decides an answer, `{text, thinks, calls: [{name, arguments}]}`, to what a back has read from a request, which is
 * `{prompt, tools: [{name, schema}], results: [text], jsonSchema | null}`; `results` are those of the last calls.
 */
export function answerTo({ prompt, tools, results, jsonSchema }) {
  if (jsonSchema !== null) return said(JSON.stringify(valueFor(jsonSchema)));
  if (results.length > 0) return said(`The shell printed: ${results.join(' | ')}`);
  const one = /CALL-ONE: (\{.*?\}) and nothing/.exec(prompt.replaceAll('\\"', '"'))?.[1];
  if (one !== undefined) return callOf(JSON.parse(one), tools);
  const shell = tools.find(({ name }) => SHELLS.includes(name));
  if (!prompt.includes('USE-THE-SHELL') || shell === undefined) return said(HELLO);
  const calls = COMMANDS.map((command) => ({ name: shell.name, arguments: shellArguments(shell.schema, command) }));
  return { text: 'I ask the shell.', thinks: true, calls };
}

function callOf({ tool: suffix, given }, tools) {
  const tool = tools.find(({ name }) => name.endsWith(suffix));
  if (tool === undefined) return said(`There is no tool ${suffix}.`);
  return { text: 'I call it.', thinks: true, calls: [{ name: tool.name, arguments: given ?? valueFor(tool.schema) }] };
}

function said(text) {
  return { text, thinks: true, calls: [] };
}

/** The command where the tool wants it, and something for all that it requires. */
function shellArguments(schema, command) {
  const properties = schema?.properties ?? {};
  const field = ['command', 'cmd'].find((name) => name in properties) ?? 'command';
  const isList = typeOf(properties[field]) === 'array';
  const required = (schema?.required ?? []).filter((name) => name !== field);
  const others = required.map((name) => [name, valueFor(properties[name] ?? {})]);
  return { [field]: isList ? ['bash', '-c', command] : command, ...Object.fromEntries(others) };
}

function valueFor(schema) {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  switch (typeOf(schema)) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, valueFor(schema.properties?.[name] ?? {})]),
      );
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    default:
      return 'something';
  }
}

/** Gemini's own schemas write types in capitals. */
function typeOf(schema) {
  const type = Array.isArray(schema?.type) ? schema.type[0] : schema?.type;
  return typeof type === 'string' ? type.toLowerCase() : 'string';
}
