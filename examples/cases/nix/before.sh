#!/bin/sh
# A parallel evaluation, as it usually is: every worker gets its inputs itself. With eight workers the same archive is
# downloaded and unpacked eight times.
# usage: before.sh WORKERS URL
set -eu
workers=$1 url=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

evaluate() {
    mkdir "$work/$1"
    curl -sSf "$url" | tar -xz -C "$work/$1"
    cat "$work/$1"/*/version
}

for worker in $(seq "$workers"); do
    evaluate "$worker" &
done
wait
