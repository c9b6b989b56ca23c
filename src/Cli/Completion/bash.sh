# procdedup completes with Tab in bash:  source <(procdedup completion bash)
_procdedup() {
    local current="${COMP_WORDS[COMP_CWORD]}" line="${COMP_LINE:0:COMP_POINT}" word
    # Whatever path it was called by.
    line="procdedup${line#*"${COMP_WORDS[0]}"}"
    COMPREPLY=()
    while IFS= read -r word; do
        # Names come from other processes: they are quoted, and never expanded.
        [[ $word == "$current"* && $word != /* && $word != '-?' ]] && COMPREPLY+=("$(printf '%q' "$word")")
    done < <(command "${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
}
complete -o default -F _procdedup procdedup
