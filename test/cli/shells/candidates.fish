# Prints what fish would offer, without the descriptions: $argv[1] is the script, each further one a line.
source $argv[1]
for line in $argv[2..-1]
    complete -C $line | string replace -r '\t.*' ''
    echo -- --end--
end
