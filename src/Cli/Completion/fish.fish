# procdedup completes with Tab in fish:  procdedup completion fish | source
function __procdedup_suggest
    set -l words (commandline -cpo)
    set -l line procdedup(string sub -s (math (string length -- $words[1]) + 1) -- (string trim -l -- (commandline -cp)))
    command $words[1] "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null | string match -v -r '^(/|-\?$)'
end
complete -c procdedup -a '(__procdedup_suggest)'
