import { everyCommand, type CommandShape, type OptionShape, type ValueShape } from './command-tree.ts';
import { fishQuoted, SCRIPT_MARK } from './quoting.ts';

/** Completions for fish, with descriptions. fish quotes what it puts on the command line by itself. */
export function fishScript(tree: CommandShape): string {
  const commands = everyCommand(tree);
  return [
    `# fish completion for llmgw. ${SCRIPT_MARK} fish\` from its commands: do not edit.`,
    '',
    '# Whether $argv[2] is a command below the words $argv[1].',
    'function __llmgw_is_command',
    '    switch "$argv[1],$argv[2]"',
    ...caseLines(commands.flatMap((command) => command.commands.map(({ name }) => `${command.place},${name}`))),
    '    end',
    '    return 1',
    'end',
    '',
    '# Whether the word after the option $argv[2] of the command $argv[1] is its value.',
    'function __llmgw_takes_value',
    '    switch "$argv[1],$argv[2]"',
    ...caseLines(commands.flatMap(optionsWithValue)),
    '    end',
    '    return 1',
    'end',
    '',
    MACHINE,
    'complete -c llmgw -f',
    ...commands.flatMap(linesOf),
    '',
  ].join('\n');
}

function caseLines(patterns: readonly string[]): string[] {
  if (patterns.length === 0) return [];
  return [`        case ${patterns.map(fishQuoted).join(' ')}`, '            return 0'];
}

function optionsWithValue({ place, options }: CommandShape): string[] {
  return options
    .filter(({ value }) => value !== null)
    .flatMap(({ short, long }) => [short, long])
    .flatMap((flag) => (flag === null ? [] : [`${place},${flag}`]));
}

function linesOf({ place, options, args, commands }: CommandShape): string[] {
  const atPlace = `-n ${fishQuoted(`__llmgw_at ${fishQuoted(place)}`)}`;
  const atPosition = (index: number, orLater: boolean): string =>
    `-n ${fishQuoted(`__llmgw_at ${fishQuoted(place)} ${index}${orLater ? ' or-later' : ''}`)}`;
  return [
    ...commands.map(
      ({ name, description }) => `complete -c llmgw ${atPosition(1, false)} -a ${name} -d ${fishQuoted(description)}`,
    ),
    ...args.flatMap(({ value, variadic }, index) => {
      const offered = valueFlags(value);
      return offered === '' ? [] : [`complete -c llmgw ${atPosition(index + 1, variadic)} ${offered}`];
    }),
    ...options.map((option) => `complete -c llmgw ${atPlace} ${optionFlags(option)}`),
  ];
}

function optionFlags({ short, long, description, value }: OptionShape): string {
  const flags = [
    ...(short === null ? [] : [`-s ${short.slice(1)}`]),
    ...(long === null ? [] : [`-l ${long.slice(2)}`]),
    ...(value === null ? [] : [value.kind === 'files' ? '-r' : '-x', valueFlags(value)]),
    `-d ${fishQuoted(description)}`,
  ];
  return flags.filter((flag) => flag !== '').join(' ');
}

function valueFlags(value: ValueShape): string {
  switch (value.kind) {
    case 'choices':
      return `-a ${fishQuoted(value.choices.join(' '))}`;
    case 'dynamic':
      return `-a ${fishQuoted(`(__llmgw_values ${value.values})`)}`;
    case 'files':
      return '-F';
    case 'folders':
      return "-a '(__fish_complete_directories (commandline -ct))'";
    case 'free':
      return '';
  }
}

const MACHINE = `# Whether the words before the cursor lead to the command $argv[1], and to its argument $argv[2].
function __llmgw_at
    set -l words (commandline -opc)
    set -l place ''
    set -l position 1
    set -l option ''
    set -l ended no
    for word in $words[2..-1]
        if test -n "$option"
            set option ''
        else if test $ended = no -a "$word" = --
            set ended yes
        else if test $ended = no; and string match -q -- '-?*' $word
            __llmgw_takes_value $place $word; and set option $word
        else if test $position = 1; and __llmgw_is_command "$place" $word
            set place (string trim -- "$place $word")
        else
            set position (math $position + 1)
        end
    end
    test "$place" = "$argv[1]"; or return 1
    set -q argv[2]; or return 0
    test $position = $argv[2]; or test "$argv[3]" = or-later -a $position -gt $argv[2]
end

function __llmgw_values
    set -l typed (string replace -r -- '^--[^=]*=' '' (commandline -ct))
    command llmgw complete-values $argv[1] -- "$typed" 2>/dev/null
end
`;
