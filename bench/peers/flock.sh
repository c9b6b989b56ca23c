#!/usr/bin/env bash
# flock(1) as shell scripts use it: one process per lock and per unlock, on a descriptor that stays open.
# Speaks the protocol of Contenders/Worker.cs. $1: lock file, $2: realtime minus monotonic clock, in ns.
exec 9>"$1"
offset=$2
exec 8<> <(:) # never readable: "read -t" on it sleeps without a process

now() { REPLY_NS=$(( ${EPOCHREALTIME/[.,]/} * 1000 - offset )); }

cycle() { # sleep|spin, hold in µs, start, end
    local count=0 worst=0 before until
    now; while (( REPLY_NS < $3 )); do now; done
    while (( REPLY_NS < $4 )); do
        before=$REPLY_NS
        flock 9
        now
        (( REPLY_NS - before > worst )) && worst=$(( REPLY_NS - before ))
        if [[ $1 == spin ]]; then
            until=$(( REPLY_NS + $2 * 1000 ))
            while (( REPLY_NS < until )); do now; done
        else
            printf -v until '0.%06d' "$2"
            read -r -t "$until" -u 8
        fi
        flock -u 9
        count=$(( count + 1 ))
        now
    done
    echo "$count $worst"
}

echo ready
while read -r command a b c d; do
    case $command in
        loop)
            times=()
            for (( i = 0; i < a; i++ )); do
                now; before=$REPLY_NS
                flock "$1" true
                now; times+=( $(( REPLY_NS - before )) )
            done
            mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
            echo "${times[a / 2]}" ;;
        acquire) flock 9; now; echo "$REPLY_NS" ;;
        release) now; released=$REPLY_NS; flock -u 9 ;;
        when) echo "$released" ;;
        cycle) cycle "$a" "$b" "$c" "$d" ;;
    esac
done
