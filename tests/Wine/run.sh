#!/usr/bin/env bash
# run.sh FOLDER BUILD SECONDS ARGUMENT...: runs the tests that were built for Windows into BUILD in the Wine that set-up.sh made.
# Without a terminal Wine gives a program no console; what it prints goes to a file, as lines would be broken there.
set -eu
folder=$1 build=$2 seconds=$3
shift 3
exec unshare --mount --propagation private bash -s "$folder/root" "$build" "$seconds" "$@" <<'INSIDE'
set -eu
root=$1 build=$2 seconds=$3
shift 3
for place in proc sys dev dev/pts; do mount --bind "/$place" "$root/$place"; done
# At the same path, as the tests know their peers by it; nobody but root may enter root's home.
mkdir -p "$root$build"
place=$root$build
while [ "$place" != "$root" ]; do chmod a+rx "$place"; place=$(dirname "$place"); done
mount --bind "$build" "$root$build"
command="cd $(printf %q "$build/bin/Core.Tests/debug_win-x64"); exec wine ProcessDedup.Core.Tests.exe$(printf ' %q' "$@") >/tmp/results.txt 2>&1"
code=0
# Wine's server has every file open that any program has.
chroot "$root" su tester -s /bin/bash -c "ulimit -n \$(ulimit -Hn); WINEDEBUG=-all timeout $seconds script -qec $(printf %q "$command") /dev/null" </dev/null || code=$?
tr -d '\r' <"$root/tmp/results.txt"
exit "$code"
INSIDE
