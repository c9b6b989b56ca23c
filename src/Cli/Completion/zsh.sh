#compdef procdedup
# procdedup completes with Tab in zsh:  source <(procdedup completion zsh)  after compinit
_procdedup() {
    local line="procdedup${LBUFFER#*${words[1]}}"
    local -a found
    found=("${(@f)$(command ${words[1]} "[suggest:${#line}]" "$line" 2>/dev/null)}")
    found=(${found:#/*})
    found=(${found:#-\?})
    compadd -a found || _files
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _procdedup "$@"; else compdef _procdedup procdedup; fi
