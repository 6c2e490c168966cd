import { everyCommand, type CommandShape, type ValueShape } from './command-tree.ts';
import { SCRIPT_MARK, shellQuoted } from './quoting.ts';

/**
 * Completions for bash from 3.2 on (the one of macOS), without the bash-completion package. What the daemon names is
 * quoted before it is put on the command line: a model server chooses the names of its models.
 */
export function bashScript(tree: CommandShape): string {
  const commands = everyCommand(tree);
  return [
    `# bash completion for llmgw. ${SCRIPT_MARK} bash\` from its commands: do not edit.`,
    '',
    '# What can follow the words $1: sets commands and options.',
    '_llmgw_place() {',
    '  case $1 in',
    ...commands.map(placeCase),
    "    *) commands='' options='' ;;",
    '  esac',
    '}',
    '',
    '# What the value of the option $2, or the argument at the position $2, can be after the words $1: sets value.',
    '_llmgw_value() {',
    '  case "$1,$2" in',
    ...commands.flatMap(valueCases),
    "    *) value='' ;;",
    '  esac',
    '}',
    '',
    MACHINE,
  ].join('\n');
}

function placeCase({ place, commands, options }: CommandShape): string {
  const names = commands.map(({ name }) => name).join(' ');
  const flags = options.flatMap(({ short, long }) => [long, short]).filter((flag) => flag !== null);
  return `    ${shellQuoted(place)}) commands=${shellQuoted(names)} options=${shellQuoted(flags.join(' '))} ;;`;
}

function valueCases({ place, options, args }: CommandShape): string[] {
  const ofOptions = options.flatMap(({ short, long, value }) => {
    if (value === null) return [];
    const flags = [long, short].filter((flag) => flag !== null);
    return [valueCase(flags.map((flag) => shellQuoted(`${place},${flag}`)).join(' | '), value)];
  });
  const ofArguments = args.map(({ value, variadic }, index) => {
    // Any number of words: whatever the position is, an option's name begins otherwise.
    return valueCase(variadic ? `${shellQuoted(`${place},`)}[0-9]*` : shellQuoted(`${place},${index + 1}`), value);
  });
  return [...ofOptions, ...ofArguments];
}

function valueCase(pattern: string, value: ValueShape): string {
  return `    ${pattern}) value=${shellQuoted(valueText(value))} ;;`;
}

function valueText(value: ValueShape): string {
  switch (value.kind) {
    case 'choices':
      return `choices ${value.choices.join(' ')}`;
    case 'dynamic':
      return `values ${value.values}`;
    default:
      return value.kind;
  }
}

const MACHINE = `# The words up to the cursor: sets words and count. Bash cuts them at COMP_WORDBREAKS, such
# as the colon of qwen3:8b; pieces with nothing between them in the line are one word.
_llmgw_words() {
  local line=\${COMP_LINE:0:COMP_POINT} rest piece
  words=() count=0
  for piece in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    rest=\${line#"\${line%%[![:space:]]*}"}
    piece=\${piece:0:\${#rest}}
    if [[ $count -gt 0 && $rest == "$line" ]]; then
      words[count - 1]+=$piece
    else
      words[count]=$piece
      count=$((count + 1))
    fi
    line=\${rest:\${#piece}}
  done
}

# Offers $1 if it begins as what is typed does. Bash replaces only what follows the last break, so the rest is left out.
_llmgw_offer() {
  [[ $1 == "$typed"* ]] || return 0
  local text=$lead$1 quoted
  text=\${text#"$kept"}
  printf -v quoted %q "$text"
  # A path of the home folder stays one.
  [[ $value == f* && $typed == \\~* ]] && quoted=\${quoted#\\\\}
  if [[ -z $quote ]]; then
    COMPREPLY+=("$quoted")
  elif [[ $quoted == "$text" ]]; then
    COMPREPLY+=("$text")
  fi
}

_llmgw() {
  local IFS=$' \\t\\n'
  local words count commands options value place='' position=1 option='' ended='' word index
  _llmgw_words
  for ((index = 1; index < count - 1; index++)); do
    word=\${words[index]}
    _llmgw_place "$place"
    if [[ -n $option ]]; then
      option=''
    elif [[ -z $ended && $word == -- ]]; then
      ended=yes
    elif [[ -z $ended && $word == -?* ]]; then
      _llmgw_value "$place" "$word"
      [[ -n $value ]] && option=$word
    elif [[ $position == 1 && " $commands " == *" $word "* ]]; then
      place=$place\${place:+ }$word
    else
      position=$((position + 1))
    fi
  done

  local typed=\${words[count - 1]} lead='' quote='' kept='' breaks='' candidate
  case $typed in
    [\\'\\"]*) quote=\${typed:0:1} typed=\${typed:1} ;;
  esac
  _llmgw_place "$place"
  value=''
  if [[ -n $option ]]; then
    _llmgw_value "$place" "$option"
    commands='' options=''
  elif [[ -z $ended && $typed == --*=* ]]; then
    _llmgw_value "$place" "\${typed%%=*}"
    lead=\${typed%%=*}= typed=\${typed#*=} commands='' options=''
  elif [[ -z $ended && $typed == -* ]]; then
    commands=''
  else
    _llmgw_value "$place" "$position"
    [[ $position == 1 ]] || commands=''
    options=''
  fi
  if [[ -z $quote ]]; then
    for candidate in : = @ /; do
      [[ \${COMP_WORDBREAKS-} == *"$candidate"* ]] && breaks+=$candidate
    done
    [[ -n $breaks && $lead$typed == *["$breaks"]* ]] && kept=$lead$typed && kept=\${kept%"\${kept##*["$breaks"]}"}
  fi

  COMPREPLY=()
  for candidate in $commands $options; do
    _llmgw_offer "$candidate"
  done
  case $value in
    'choices '*)
      for candidate in \${value#choices }; do
        _llmgw_offer "$candidate"
      done
      ;;
    'values '*)
      while IFS= read -r candidate; do
        _llmgw_offer "$candidate"
      done < <(command llmgw complete-values "\${value#values }" -- "$typed" 2>/dev/null)
      ;;
    files | folders)
      # With this bash quotes them itself, and adds a slash to folders; bash 3.2 has none.
      local filenames='' action=-f
      compopt -o filenames 2>/dev/null && filenames=yes
      [[ $value == folders ]] && action=-d
      while IFS= read -r candidate; do
        if [[ -n $filenames ]]; then
          candidate=$lead$candidate
          COMPREPLY+=("\${candidate#"$kept"}")
        else
          _llmgw_offer "$candidate"
        fi
      done < <(compgen "$action" -- "$typed")
      ;;
  esac
}

complete -F _llmgw llmgw
`;
