#!/bin/sh
# The same with ProcessDedup: one test downloads, and what the others get is whole from the first moment on.
# usage: after.sh URL TEST...
set -eu
url=$1
shift
"$@" "$(procdedup fetch "$url" --max-age-sec 86400 --timeout-sec 300)"
