#!/bin/sh
# Parallel tests download one native library to one place, as they usually do: a test that comes while another is still
# writing opens half a library, and ends with "file too short" or a bus error.
# usage: before.sh URL LIBRARY TEST...
set -eu
url=$1 library=$2
shift 2
if [ ! -e "$library" ]; then
    curl -sSf "$url" -o "$library"
fi
"$@" "$library"
