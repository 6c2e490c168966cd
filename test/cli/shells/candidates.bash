# Prints what bash would offer: $1 is the script, each further argument a line with the cursor at its end.
# The words are cut as bash cuts them: at blanks, and at the breaks that are words of their own.
source "$1"
shift
for line in "$@"; do
  COMP_WORDS=()
  rest=$line
  while [[ -n $rest ]]; do
    case $rest in
      [[:blank:]]*) rest=${rest#?} && [[ -z $rest ]] && COMP_WORDS+=('') && continue ;;
      [:=@]*) COMP_WORDS+=("${rest:0:1}") && rest=${rest:1} ;;
      *) piece=${rest%%[[:blank:]:=@]*} && COMP_WORDS+=("$piece") && rest=${rest:${#piece}} ;;
    esac
  done
  COMP_LINE=$line COMP_POINT=${#line} COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_TYPE=9 COMP_KEY=9
  COMPREPLY=()
  _llmgw
  printf '%s\n' "${COMPREPLY[@]-}"
  printf -- '--end--\n'
done
