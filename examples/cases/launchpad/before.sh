#!/bin/sh
# Two programs look into a queue, find that a build is not in it, and put it there, as they usually do: both have looked
# before either has written, and the build is queued twice.
# usage: before.sh QUEUE BUILD [COMMAND...]     COMMAND is what there is to do between the look and the insertion
set -eu
queue=$1 build=$2
shift 2
touch "$queue"
if ! grep -qxF "$build" "$queue"; then
    "${@:-true}"
    echo "$build" >> "$queue"
fi
