# Prints what zsh would offer: $1 is the folder of the script, $2 a file to work with, each further argument a line.
# A shell of its own at a pseudo-terminal is typed to; there compadd writes down what it is given.
zmodload zsh/zpty zsh/zselect
folder=$1 notes=$2
shift 2
: > $notes
zpty -b shell zsh -f -i
zpty -w shell "fpath=(${(q)folder} \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell "compadd() {
  builtin compadd \"\$@\"
  local given; local -a hits
  builtin compadd -O hits \"\$@\"
  for given in \$hits; do print -r -- \$given >> ${(q)notes}; done
}"
zpty -w shell "offer() { zle expand-or-complete; print -r -- --end-- >> ${(q)notes}; zle kill-buffer; }; zle -N offer; bindkey '^T' offer"
zpty -w shell "print -r -- --ready-- >> ${(q)notes}"
# Waits, ten seconds at most, until the line $1 was written down $2 times.
await() {
  local text
  local -a found
  for (( round = 0; round < 500; round++ )); do
    # What the terminal shows must be read, or the shell there would wait.
    while zpty -r shell text; do :; done
    found=(${(M)${(@f)"$(<$notes)"}:#$1})
    (( $#found >= $2 )) && return
    zselect -t 2
  done
  return 1
}
await --ready-- 1
number=0
for line in "$@"; do
  zpty -w -n shell "$line"$'\x14'
  await --end-- $(( ++number )) || break
done
zpty -d shell
grep -v -e --ready-- $notes
