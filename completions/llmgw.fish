# fish completion for llmgw. Made by `llmgw completion fish` from its commands: do not edit.

# Whether $argv[2] is a command below the words $argv[1].
function __llmgw_is_command
    switch "$argv[1],$argv[2]"
        case ',start' ',stop' ',restart' ',status' ',logs' ',scan' ',models' ',profile' ',route' ',auth' ',key' ',config' ',spend' ',top' ',completion' ',help' 'profile,list' 'profile,show' 'profile,use' 'auth,add' 'auth,list' 'auth,test' 'auth,remove' 'auth,import' 'key,show' 'key,add' 'key,list' 'key,remove' 'config,init' 'config,path' 'config,show' 'config,check' 'config,edit' 'config,import' 'config,schema' 'completion,install' 'completion,uninstall'
            return 0
    end
    return 1
end

# Whether the word after the option $argv[2] of the command $argv[1] is its value.
function __llmgw_takes_value
    switch "$argv[1],$argv[2]"
        case 'start,--port' 'start,--host' 'start,--config' 'start,--profile' 'start,-m' 'start,--model' 'start,--alias' 'start,--api_base' 'restart,--port' 'restart,--host' 'restart,--config' 'restart,--profile' 'restart,-m' 'restart,--model' 'restart,--alias' 'restart,--api_base' 'logs,-n' 'logs,--lines' 'scan,--config' 'models,--profile' 'models,--config' 'profile list,--config' 'profile show,--config' 'profile use,--config' 'route,--profile' 'route,--endpoint' 'auth add,--store' 'auth add,--config' 'auth list,--config' 'auth test,--config' 'auth remove,--store' 'auth import,--from' 'auth import,--store' 'key add,--profile' 'config init,--config' 'config path,--config' 'config show,--config' 'config edit,--config' 'config import,--out' 'spend,--by' 'spend,--since' 'spend,--until'
            return 0
    end
    return 1
end

# Whether the words before the cursor lead to the command $argv[1], and to its argument $argv[2].
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

complete -c llmgw -f
complete -c llmgw -n '__llmgw_at \'\' 1' -a start -d 'start the daemon, and return when it answers'
complete -c llmgw -n '__llmgw_at \'\' 1' -a stop -d 'let requests in flight finish (30 s at most), then end the daemon'
complete -c llmgw -n '__llmgw_at \'\' 1' -a restart -d 'stop the daemon, and start it as it was, with what is given here changed'
complete -c llmgw -n '__llmgw_at \'\' 1' -a status -d 'tell how the daemon is: servers, credentials, ledger, requests in flight'
complete -c llmgw -n '__llmgw_at \'\' 1' -a logs -d 'print the end of the daemon\'s log'
complete -c llmgw -n '__llmgw_at \'\' 1' -a scan -d 'look for model servers now, with or without a daemon'
complete -c llmgw -n '__llmgw_at \'\' 1' -a models -d 'list the names that a request can carry in `model`'
complete -c llmgw -n '__llmgw_at \'\' 1' -a profile -d 'list profiles and switch between them: free local models, or paid cloud ones'
complete -c llmgw -n '__llmgw_at \'\' 1' -a route -d 'tell who would answer a request for a model, and why, without sending anything'
complete -c llmgw -n '__llmgw_at \'\' 1' -a auth -d 'the keys of providers: store, list, test, remove'
complete -c llmgw -n '__llmgw_at \'\' 1' -a key -d 'the keys that clients send'
complete -c llmgw -n '__llmgw_at \'\' 1' -a config -d 'the config file: write, find, show, check, edit and import it'
complete -c llmgw -n '__llmgw_at \'\' 1' -a spend -d 'report what was spent: requests, tokens, cost, and what local models saved'
complete -c llmgw -n '__llmgw_at \'\' 1' -a top -d 'show requests, spending, models and providers live'
complete -c llmgw -n '__llmgw_at \'\' 1' -a completion -d 'print or install the completions of commands, models and profiles for a shell'
complete -c llmgw -n '__llmgw_at \'\' 1' -a help -d 'print the help of a command'
complete -c llmgw -n '__llmgw_at \'\'' -s V -l version -d 'print the version'
complete -c llmgw -n '__llmgw_at \'\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'start\'' -l foreground -d 'stay in this terminal; Ctrl-C ends it'
complete -c llmgw -n '__llmgw_at \'start\'' -l port -x -d 'port to listen on, 0 for any free one (default: 4000)'
complete -c llmgw -n '__llmgw_at \'start\'' -l host -x -d 'address to listen on (default: 127.0.0.1)'
complete -c llmgw -n '__llmgw_at \'start\'' -l config -r -F -d 'config file (default: config.yaml in the config folder)'
complete -c llmgw -n '__llmgw_at \'start\'' -l profile -x -a '(__llmgw_values profiles)' -d 'profile to start in (default: the one the config names)'
complete -c llmgw -n '__llmgw_at \'start\'' -l demo -d 'add the built-in model demo/echo, which needs no server and no key'
complete -c llmgw -n '__llmgw_at \'start\'' -s m -l model -x -a '(__llmgw_values models)' -d 'one model, as LiteLLM names it, in place of a config file'
complete -c llmgw -n '__llmgw_at \'start\'' -l alias -x -d 'what --model is called'
complete -c llmgw -n '__llmgw_at \'start\'' -l api_base -x -d 'where --model is'
complete -c llmgw -n '__llmgw_at \'start\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'stop\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'restart\'' -l port -x -d 'port to listen on, 0 for any free one (default: 4000)'
complete -c llmgw -n '__llmgw_at \'restart\'' -l host -x -d 'address to listen on (default: 127.0.0.1)'
complete -c llmgw -n '__llmgw_at \'restart\'' -l config -r -F -d 'config file (default: config.yaml in the config folder)'
complete -c llmgw -n '__llmgw_at \'restart\'' -l profile -x -a '(__llmgw_values profiles)' -d 'profile to start in (default: the one the config names)'
complete -c llmgw -n '__llmgw_at \'restart\'' -l demo -d 'add the built-in model demo/echo, which needs no server and no key'
complete -c llmgw -n '__llmgw_at \'restart\'' -s m -l model -x -a '(__llmgw_values models)' -d 'one model, as LiteLLM names it, in place of a config file'
complete -c llmgw -n '__llmgw_at \'restart\'' -l alias -x -d 'what --model is called'
complete -c llmgw -n '__llmgw_at \'restart\'' -l api_base -x -d 'where --model is'
complete -c llmgw -n '__llmgw_at \'restart\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'status\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'status\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'logs\'' -s f -l follow -d 'go on with what is added, until Ctrl-C'
complete -c llmgw -n '__llmgw_at \'logs\'' -s n -l lines -x -d 'how many lines to begin with'
complete -c llmgw -n '__llmgw_at \'logs\'' -l json -d 'the lines as they are in the file'
complete -c llmgw -n '__llmgw_at \'logs\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'scan\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'scan\'' -l config -r -F -d 'config file to use when no daemon runs'
complete -c llmgw -n '__llmgw_at \'scan\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'models\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'models\'' -l profile -x -a '(__llmgw_values profiles)' -d 'the names in this profile (default: the one in force in this folder)'
complete -c llmgw -n '__llmgw_at \'models\'' -l config -r -F -d 'config file to use when no daemon runs'
complete -c llmgw -n '__llmgw_at \'models\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'profile\' 1' -a list -d 'list the profiles, the active one marked'
complete -c llmgw -n '__llmgw_at \'profile\' 1' -a show -d 'print everything of a profile'
complete -c llmgw -n '__llmgw_at \'profile\' 1' -a use -d 'switch to a profile, now and for later starts'
complete -c llmgw -n '__llmgw_at \'profile\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'profile list\'' -l config -r -F -d 'config file to use when no daemon runs'
complete -c llmgw -n '__llmgw_at \'profile list\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'profile list\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'profile show\' 1' -a '(__llmgw_values profiles)'
complete -c llmgw -n '__llmgw_at \'profile show\'' -l config -r -F -d 'config file to use when no daemon runs'
complete -c llmgw -n '__llmgw_at \'profile show\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'profile show\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'profile use\' 1' -a '(__llmgw_values profiles)'
complete -c llmgw -n '__llmgw_at \'profile use\'' -l config -r -F -d 'config file to use when no daemon runs'
complete -c llmgw -n '__llmgw_at \'profile use\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'route\' 1' -a '(__llmgw_values models)'
complete -c llmgw -n '__llmgw_at \'route\'' -l profile -x -a '(__llmgw_values profiles)' -d 'in this profile instead of the one in force'
complete -c llmgw -n '__llmgw_at \'route\'' -l endpoint -x -a 'chat completions responses messages gemini ollama-chat ollama-generate embeddings gemini-embed ollama-embed images speech transcriptions moderations rerank compact' -d 'what is asked of the model'
complete -c llmgw -n '__llmgw_at \'route\'' -l tools -d 'as for a request that offers tools'
complete -c llmgw -n '__llmgw_at \'route\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'route\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'auth\' 1' -a add -d 'store a key; it is asked for, and not shown'
complete -c llmgw -n '__llmgw_at \'auth\' 1' -a list -d 'every key that is there, where it comes from, and which one is used'
complete -c llmgw -n '__llmgw_at \'auth\' 1' -a test -d 'ask the provider whether it takes the key, with a call that costs nothing'
complete -c llmgw -n '__llmgw_at \'auth\' 1' -a remove -d 'remove a key that was stored'
complete -c llmgw -n '__llmgw_at \'auth\' 1' -a import -d 'store what the environment and a .env file hold, asking for each key'
complete -c llmgw -n '__llmgw_at \'auth\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'auth add\' 1' -a '(__llmgw_values providers)'
complete -c llmgw -n '__llmgw_at \'auth add\'' -l stdin -d 'read the key from standard input'
complete -c llmgw -n '__llmgw_at \'auth add\'' -l store -x -a 'keychain file' -d 'where keys are kept'
complete -c llmgw -n '__llmgw_at \'auth add\'' -l config -r -F -d 'config file to use'
complete -c llmgw -n '__llmgw_at \'auth add\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'auth list\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'auth list\'' -l config -r -F -d 'config file to use'
complete -c llmgw -n '__llmgw_at \'auth list\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'auth test\' 1' -a '(__llmgw_values testable_accounts)'
complete -c llmgw -n '__llmgw_at \'auth test\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'auth test\'' -l config -r -F -d 'config file to use'
complete -c llmgw -n '__llmgw_at \'auth test\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'auth remove\' 1' -a '(__llmgw_values stored_accounts)'
complete -c llmgw -n '__llmgw_at \'auth remove\'' -l store -x -a 'keychain file' -d 'where keys are kept'
complete -c llmgw -n '__llmgw_at \'auth remove\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'auth import\'' -l from -r -F -d 'file to read instead of .env in this folder'
complete -c llmgw -n '__llmgw_at \'auth import\'' -l yes -d 'store all that are not stored yet without asking'
complete -c llmgw -n '__llmgw_at \'auth import\'' -l store -x -a 'keychain file' -d 'where keys are kept'
complete -c llmgw -n '__llmgw_at \'auth import\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'key\' 1' -a show -d 'print the key that clients send, made if there is none yet'
complete -c llmgw -n '__llmgw_at \'key\' 1' -a add -d 'make a further key, and print it this once'
complete -c llmgw -n '__llmgw_at \'key\' 1' -a list -d 'list the keys by name, never the keys themselves'
complete -c llmgw -n '__llmgw_at \'key\' 1' -a remove -d 'remove a key: requests with it are refused from now on'
complete -c llmgw -n '__llmgw_at \'key\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'key show\' 1' -a '(__llmgw_values keys)'
complete -c llmgw -n '__llmgw_at \'key show\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'key add\'' -l profile -x -a '(__llmgw_values profiles)' -d 'the one profile that its requests are answered in (default: any)'
complete -c llmgw -n '__llmgw_at \'key add\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'key list\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'key list\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'key remove\' 1' -a '(__llmgw_values removable_keys)'
complete -c llmgw -n '__llmgw_at \'key remove\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'config\' 1' -a init -d 'write a commented file to start from, and the schema that editors check it with'
complete -c llmgw -n '__llmgw_at \'config\' 1' -a path -d 'print where the file is, or would be'
complete -c llmgw -n '__llmgw_at \'config\' 1' -a show -d 'print what the file amounts to, with every default filled in and no key'
complete -c llmgw -n '__llmgw_at \'config\' 1' -a check -d 'tell what is wrong with the file, and where'
complete -c llmgw -n '__llmgw_at \'config\' 1' -a edit -d 'open the file in $VISUAL or $EDITOR, and check it afterwards'
complete -c llmgw -n '__llmgw_at \'config\' 1' -a import -d 'write LiteLLM\'s config file in llmgw\'s own form, with comments'
complete -c llmgw -n '__llmgw_at \'config\' 1' -a schema -d 'print the JSON Schema of the file, for editors'
complete -c llmgw -n '__llmgw_at \'config\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'config init\'' -l config -r -F -d 'config file (default: config.yaml in the config folder)'
complete -c llmgw -n '__llmgw_at \'config init\'' -l force -d 'even where there is one, which is kept beside it'
complete -c llmgw -n '__llmgw_at \'config init\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'config path\'' -l config -r -F -d 'config file (default: config.yaml in the config folder)'
complete -c llmgw -n '__llmgw_at \'config path\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'config path\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'config show\'' -l config -r -F -d 'config file (default: config.yaml in the config folder)'
complete -c llmgw -n '__llmgw_at \'config show\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'config show\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'config check\' 1' -F
complete -c llmgw -n '__llmgw_at \'config check\'' -l json -d 'as JSON'
complete -c llmgw -n '__llmgw_at \'config check\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'config edit\'' -l config -r -F -d 'config file (default: config.yaml in the config folder)'
complete -c llmgw -n '__llmgw_at \'config edit\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'config import\' 1' -F
complete -c llmgw -n '__llmgw_at \'config import\'' -l out -r -F -d 'where to write it (default: to standard output)'
complete -c llmgw -n '__llmgw_at \'config import\'' -l force -d 'even where there is a file'
complete -c llmgw -n '__llmgw_at \'config import\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'config schema\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'spend\'' -l by -x -a 'model provider profile key client day hour' -d 'what to add up by'
complete -c llmgw -n '__llmgw_at \'spend\'' -l since -x -d 'from then on: today, yesterday, month, year, all, 12h, 7d, 4w, 2026-01-31, 2026-01-31T09:30, or that with Z or +02:00'
complete -c llmgw -n '__llmgw_at \'spend\'' -l until -x -d 'up to then, a day with all of it'
complete -c llmgw -n '__llmgw_at \'spend\'' -l demo -d 'count requests to the demo model too'
complete -c llmgw -n '__llmgw_at \'spend\'' -l json -d 'as JSON, amounts exact'
complete -c llmgw -n '__llmgw_at \'spend\'' -l csv -d 'as CSV, amounts exact'
complete -c llmgw -n '__llmgw_at \'spend\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'top\'' -l once -d 'print what is in flight as plain text, and end'
complete -c llmgw -n '__llmgw_at \'top\'' -l json -d 'stream the events, a JSON object a line, until Ctrl-C'
complete -c llmgw -n '__llmgw_at \'top\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'completion\' 1' -a install -d 'install the completions where the shell looks for them'
complete -c llmgw -n '__llmgw_at \'completion\' 1' -a uninstall -d 'remove what install has put there'
complete -c llmgw -n '__llmgw_at \'completion\' 1' -a 'bash zsh fish'
complete -c llmgw -n '__llmgw_at \'completion\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'completion install\' 1' -a 'bash zsh fish'
complete -c llmgw -n '__llmgw_at \'completion install\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'completion uninstall\' 1' -a 'bash zsh fish'
complete -c llmgw -n '__llmgw_at \'completion uninstall\'' -s h -l help -d 'print this help'
complete -c llmgw -n '__llmgw_at \'help\' 1' -a 'start stop restart status logs scan models profile route auth key config spend top completion'
