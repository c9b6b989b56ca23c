#!/bin/sh
# The same with ProcessDedup: one worker downloads and unpacks, the others wait and use the same directory. What was
# evaluated goes into a cache that all write to; a cache may be skipped when it is busy, and made anew when it is broken.
# usage: after.sh WORKERS URL
set -eu
workers=$1 url=$2
cache=${EVAL_CACHE:-eval-cache.db}

procdedup sqlite "$cache" --role cache --query 'CREATE TABLE IF NOT EXISTS attribute(name TEXT PRIMARY KEY, value TEXT)'

evaluate() {
    input=$(procdedup fetch "$url" --unpack --strip-components 1 --max-age-sec 3600 --timeout-sec 300)
    version=$(cat "$input/version")
    procdedup sqlite "$cache" --role cache --query 'INSERT OR REPLACE INTO attribute VALUES(@name, @value)' \
        --param name="worker$1" --param value="$version"
    echo "$version"
}

for worker in $(seq "$workers"); do
    evaluate "$worker" &
done
wait
