#!/bin/sh
# Fills the directory that it is given, or the one of procdedup build.
set -eu
out=${1:-$PROCESSDEDUP_OUT}
mkdir -p "$out/bin"
printf "tool %s\n" "${2:-}" > "$out/bin/tool"
