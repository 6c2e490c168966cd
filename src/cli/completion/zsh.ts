import { everyCommand, type CommandShape, type OptionShape, type ValueShape } from './command-tree.ts';
import { SCRIPT_MARK, shellQuoted } from './quoting.ts';
import { VALUE_KINDS, type ValueKind } from './value-kinds.ts';

/** Completions for zsh: a function for every command, found as `_llmgw` in a folder of `$fpath`, or sourced. */
export function zshScript(tree: CommandShape): string {
  return [
    '#compdef llmgw',
    `# zsh completion for llmgw. ${SCRIPT_MARK} zsh\` from its commands: do not edit.`,
    '',
    ...everyCommand(tree).flatMap(functionsOf),
    ...VALUE_KINDS.flatMap(valuesFunction),
    MACHINE,
  ].join('\n');
}

function functionsOf(command: CommandShape): string[] {
  return command.commands.length === 0 ? leaf(command) : branch(command);
}

function leaf({ place, options, args }: CommandShape): string[] {
  const specs = [
    ...options.map(optionSpec),
    ...args.map(({ value, variadic }, index) => {
      return shellQuoted(`${variadic ? '*' : index + 1}:${argumentSpec(value)}`);
    }),
  ];
  return [`${functionName(place)}() {`, `  _arguments -s -S ${continued(specs)}`, '}', ''];
}

/** Words that are commands below it lead to their functions, which see the words from theirs on. */
function branch({ place, options, args, commands }: CommandShape): string[] {
  const name = functionName(place);
  const specs = [...options.map(optionSpec), `'1:command:${name}_first'`, "'*::argument:->arguments'"];
  const [first] = args;
  const ofFirst = first === undefined ? '' : actionOf(first.value);
  const described = commands.map((command) => `    ${shellQuoted(`${colons(command.name)}:${command.description}`)}`);
  return [
    `${name}() {`,
    '  local curcontext=$curcontext state state_descr line',
    '  typeset -A opt_args',
    `  _arguments -C -s -S ${continued(specs)} && return`,
    '  [[ $state == arguments ]] || return',
    '  case $line[1] in',
    ...commands.map((command) => `    ${command.name}) ${functionName(command.place)} ;;`),
    '  esac',
    '}',
    '',
    `${name}_first() {`,
    '  local -a commands=(',
    ...described,
    '  )',
    "  _describe -t commands 'llmgw command' commands",
    ...(first === undefined || ofFirst === ''
      ? []
      : [`  _alternative ${shellQuoted(`values:${argumentSpec(first.value)}`)}`]),
    '}',
    '',
  ];
}

function functionName(place: string): string {
  return ['_llmgw', ...place.split(' ').filter((word) => word !== '')].join('_').replaceAll('-', '_');
}

function continued(specs: readonly string[]): string {
  return specs.map((spec) => `\\\n    ${spec}`).join(' ');
}

function optionSpec({ short, long, description, value }: OptionShape): string {
  const explained = `[${description.replaceAll(/[[\]]/g, '\\$&')}]`;
  const valueSpec = value === null ? '' : `:${argumentSpec(value)}`;
  const longSpec = value === null ? long : `${long ?? ''}=`;
  const shortSpec = value === null ? short : `${short ?? ''}+`;
  if (short === null) return shellQuoted(`${longSpec ?? ''}${explained}${valueSpec}`);
  if (long === null) return shellQuoted(`${shortSpec ?? ''}${explained}${valueSpec}`);
  return `'(${short} ${long})'{${shortSpec ?? ''},${longSpec ?? ''}}${shellQuoted(`${explained}${valueSpec}`)}`;
}

function argumentSpec(value: ValueShape): string {
  return `${colons(value.name)}:${actionOf(value)}`;
}

function actionOf(value: ValueShape): string {
  switch (value.kind) {
    case 'choices':
      return `(${value.choices.map(colons).join(' ')})`;
    case 'dynamic':
      return `_llmgw_values_${value.values}`;
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'free':
      return '';
  }
}

/** A colon would end the field of the specification. */
function colons(text: string): string {
  return text.replaceAll(':', '\\:');
}

function valuesFunction(kind: ValueKind): string[] {
  return [`_llmgw_values_${kind}() {`, `  _llmgw_values ${kind} "$@"`, '}', ''];
}

const MACHINE = `_llmgw_values() {
  local kind=$1
  shift
  local -a values
  values=("\${(@f)$(command llmgw complete-values $kind -- "\${(Q)PREFIX}" 2>/dev/null)}")
  values=(\${values:#})
  compadd "$@" -a values
}

if [[ $funcstack[1] == _llmgw ]]; then
  _llmgw "$@"
else
  compdef _llmgw llmgw
fi
`;
