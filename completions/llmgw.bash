# bash completion for llmgw. Made by `llmgw completion bash` from its commands: do not edit.

# What can follow the words $1: sets commands and options.
_llmgw_place() {
  case $1 in
    '') commands='start stop restart status logs scan models profile route auth key config spend top completion help' options='--version -V --help -h' ;;
    'start') commands='' options='--foreground --port --host --config --profile --demo --model -m --alias --api_base --help -h' ;;
    'stop') commands='' options='--help -h' ;;
    'restart') commands='' options='--port --host --config --profile --demo --model -m --alias --api_base --help -h' ;;
    'status') commands='' options='--json --help -h' ;;
    'logs') commands='' options='--follow -f --lines -n --json --help -h' ;;
    'scan') commands='' options='--json --config --help -h' ;;
    'models') commands='' options='--json --profile --config --help -h' ;;
    'profile') commands='list show use' options='--help -h' ;;
    'profile list') commands='' options='--config --json --help -h' ;;
    'profile show') commands='' options='--config --json --help -h' ;;
    'profile use') commands='' options='--config --help -h' ;;
    'route') commands='' options='--profile --endpoint --tools --json --help -h' ;;
    'auth') commands='add list test remove import' options='--help -h' ;;
    'auth add') commands='' options='--stdin --store --config --help -h' ;;
    'auth list') commands='' options='--json --config --help -h' ;;
    'auth test') commands='' options='--json --config --help -h' ;;
    'auth remove') commands='' options='--store --help -h' ;;
    'auth import') commands='' options='--from --yes --store --help -h' ;;
    'key') commands='show add list remove' options='--help -h' ;;
    'key show') commands='' options='--help -h' ;;
    'key add') commands='' options='--profile --help -h' ;;
    'key list') commands='' options='--json --help -h' ;;
    'key remove') commands='' options='--help -h' ;;
    'config') commands='init path show check edit import schema' options='--help -h' ;;
    'config init') commands='' options='--config --force --help -h' ;;
    'config path') commands='' options='--config --json --help -h' ;;
    'config show') commands='' options='--config --json --help -h' ;;
    'config check') commands='' options='--json --help -h' ;;
    'config edit') commands='' options='--config --help -h' ;;
    'config import') commands='' options='--out --force --help -h' ;;
    'config schema') commands='' options='--help -h' ;;
    'spend') commands='' options='--by --since --until --demo --json --csv --help -h' ;;
    'top') commands='' options='--once --json --help -h' ;;
    'completion') commands='install uninstall' options='--help -h' ;;
    'completion install') commands='' options='--help -h' ;;
    'completion uninstall') commands='' options='--help -h' ;;
    'help') commands='' options='' ;;
    *) commands='' options='' ;;
  esac
}

# What the value of the option $2, or the argument at the position $2, can be after the words $1: sets value.
_llmgw_value() {
  case "$1,$2" in
    'start,--port') value='free' ;;
    'start,--host') value='free' ;;
    'start,--config') value='files' ;;
    'start,--profile') value='values profiles' ;;
    'start,--model' | 'start,-m') value='values models' ;;
    'start,--alias') value='free' ;;
    'start,--api_base') value='free' ;;
    'restart,--port') value='free' ;;
    'restart,--host') value='free' ;;
    'restart,--config') value='files' ;;
    'restart,--profile') value='values profiles' ;;
    'restart,--model' | 'restart,-m') value='values models' ;;
    'restart,--alias') value='free' ;;
    'restart,--api_base') value='free' ;;
    'logs,--lines' | 'logs,-n') value='free' ;;
    'scan,--config') value='files' ;;
    'models,--profile') value='values profiles' ;;
    'models,--config') value='files' ;;
    'profile list,--config') value='files' ;;
    'profile show,--config') value='files' ;;
    'profile show,1') value='values profiles' ;;
    'profile use,--config') value='files' ;;
    'profile use,1') value='values profiles' ;;
    'route,--profile') value='values profiles' ;;
    'route,--endpoint') value='choices chat completions responses messages gemini ollama-chat ollama-generate embeddings gemini-embed ollama-embed images speech transcriptions moderations rerank compact' ;;
    'route,1') value='values models' ;;
    'auth add,--store') value='choices keychain file' ;;
    'auth add,--config') value='files' ;;
    'auth add,1') value='values providers' ;;
    'auth add,'[0-9]*) value='free' ;;
    'auth list,--config') value='files' ;;
    'auth test,--config') value='files' ;;
    'auth test,1') value='values testable_accounts' ;;
    'auth remove,--store') value='choices keychain file' ;;
    'auth remove,1') value='values stored_accounts' ;;
    'auth import,--from') value='files' ;;
    'auth import,--store') value='choices keychain file' ;;
    'key show,1') value='values keys' ;;
    'key add,--profile') value='values profiles' ;;
    'key add,1') value='free' ;;
    'key remove,1') value='values removable_keys' ;;
    'config init,--config') value='files' ;;
    'config path,--config') value='files' ;;
    'config show,--config') value='files' ;;
    'config check,1') value='files' ;;
    'config edit,--config') value='files' ;;
    'config import,--out') value='files' ;;
    'config import,1') value='files' ;;
    'spend,--by') value='choices model provider profile key client day hour' ;;
    'spend,--since') value='free' ;;
    'spend,--until') value='free' ;;
    'completion,1') value='choices bash zsh fish' ;;
    'completion install,1') value='choices bash zsh fish' ;;
    'completion uninstall,1') value='choices bash zsh fish' ;;
    'help,1') value='choices start stop restart status logs scan models profile route auth key config spend top completion' ;;
    *) value='' ;;
  esac
}

# The words up to the cursor: sets words and count. Bash cuts them at COMP_WORDBREAKS, such
# as the colon of qwen3:8b; pieces with nothing between them in the line are one word.
_llmgw_words() {
  local line=${COMP_LINE:0:COMP_POINT} rest piece
  words=() count=0
  for piece in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    rest=${line#"${line%%[![:space:]]*}"}
    piece=${piece:0:${#rest}}
    if [[ $count -gt 0 && $rest == "$line" ]]; then
      words[count - 1]+=$piece
    else
      words[count]=$piece
      count=$((count + 1))
    fi
    line=${rest:${#piece}}
  done
}

# Offers $1 if it begins as what is typed does. Bash replaces only what follows the last break, so the rest is left out.
_llmgw_offer() {
  [[ $1 == "$typed"* ]] || return 0
  local text=$lead$1 quoted
  text=${text#"$kept"}
  printf -v quoted %q "$text"
  # A path of the home folder stays one.
  [[ $value == f* && $typed == \~* ]] && quoted=${quoted#\\}
  if [[ -z $quote ]]; then
    COMPREPLY+=("$quoted")
  elif [[ $quoted == "$text" ]]; then
    COMPREPLY+=("$text")
  fi
}

_llmgw() {
  local IFS=$' \t\n'
  local words count commands options value place='' position=1 option='' ended='' word index
  _llmgw_words
  for ((index = 1; index < count - 1; index++)); do
    word=${words[index]}
    _llmgw_place "$place"
    if [[ -n $option ]]; then
      option=''
    elif [[ -z $ended && $word == -- ]]; then
      ended=yes
    elif [[ -z $ended && $word == -?* ]]; then
      _llmgw_value "$place" "$word"
      [[ -n $value ]] && option=$word
    elif [[ $position == 1 && " $commands " == *" $word "* ]]; then
      place=$place${place:+ }$word
    else
      position=$((position + 1))
    fi
  done

  local typed=${words[count - 1]} lead='' quote='' kept='' breaks='' candidate
  case $typed in
    [\'\"]*) quote=${typed:0:1} typed=${typed:1} ;;
  esac
  _llmgw_place "$place"
  value=''
  if [[ -n $option ]]; then
    _llmgw_value "$place" "$option"
    commands='' options=''
  elif [[ -z $ended && $typed == --*=* ]]; then
    _llmgw_value "$place" "${typed%%=*}"
    lead=${typed%%=*}= typed=${typed#*=} commands='' options=''
  elif [[ -z $ended && $typed == -* ]]; then
    commands=''
  else
    _llmgw_value "$place" "$position"
    [[ $position == 1 ]] || commands=''
    options=''
  fi
  if [[ -z $quote ]]; then
    for candidate in : = @ /; do
      [[ ${COMP_WORDBREAKS-} == *"$candidate"* ]] && breaks+=$candidate
    done
    [[ -n $breaks && $lead$typed == *["$breaks"]* ]] && kept=$lead$typed && kept=${kept%"${kept##*["$breaks"]}"}
  fi

  COMPREPLY=()
  for candidate in $commands $options; do
    _llmgw_offer "$candidate"
  done
  case $value in
    'choices '*)
      for candidate in ${value#choices }; do
        _llmgw_offer "$candidate"
      done
      ;;
    'values '*)
      while IFS= read -r candidate; do
        _llmgw_offer "$candidate"
      done < <(command llmgw complete-values "${value#values }" -- "$typed" 2>/dev/null)
      ;;
    files | folders)
      # With this bash quotes them itself, and adds a slash to folders; bash 3.2 has none.
      local filenames='' action=-f
      compopt -o filenames 2>/dev/null && filenames=yes
      [[ $value == folders ]] && action=-d
      while IFS= read -r candidate; do
        if [[ -n $filenames ]]; then
          candidate=$lead$candidate
          COMPREPLY+=("${candidate#"$kept"}")
        else
          _llmgw_offer "$candidate"
        fi
      done < <(compgen "$action" -- "$typed")
      ;;
  esac
}

complete -F _llmgw llmgw
