#!/usr/bin/env bash
# set-up.sh FOLDER: puts a Debian 13 with Wine 10 into FOLDER/root, once. Debian 12's Wine 8 cannot run .NET.
# Ends with 3, and says why, where that is not possible.
set -eu
folder=$1
root=$folder/root
[ ! -e "$folder/ready" ] || exit 0

cannot() {
    echo "Wine cannot be set up: $1."
    exit 3
}

[ "$(id -u)" = 0 ] || cannot "that needs root"
for program in debootstrap unshare chroot script; do
    command -v "$program" >/dev/null || cannot "$program is not installed"
done
unshare --mount --propagation private true 2>/dev/null || cannot "there is no right to mount"
# The host's own mirror, which it is known to reach.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v '^#' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 || true)
mkdir -p "$folder"
rm -rf "$root"
debootstrap --variant=minbase trixie "$root" ${mirror:-https://deb.debian.org/debian} >"$folder/set-up.log" 2>&1 ||
    cannot "debootstrap failed, see $folder/set-up.log"

# What the host knows about its way to the mirror.
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
for file in resolv.conf hosts; do cp -L /etc/$file "$root/etc/" 2>/dev/null || true; done
mkdir -p "$root/etc/ssl"
cp -rL /etc/ssl/certs "$root/etc/ssl/" 2>/dev/null || true

# A crash must not start a debugger that waits for a person.
unshare --mount --propagation private bash -s "$root" >>"$folder/set-up.log" 2>&1 <<'INSIDE' || cannot "Wine could not be installed, see $folder/set-up.log"
set -eu
for place in proc sys dev dev/pts; do mount --bind "/$place" "$1/$place"; done
chroot "$1" apt-get update
DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get install -y --no-install-recommends wine wine64
chroot "$1" useradd --create-home tester
chroot "$1" su tester -s /bin/sh -c '
    export WINEDEBUG=-all
    WINEDLLOVERRIDES=mscoree,mshtml= timeout 300 wineboot -i </dev/null
    key="HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\AeDebug"
    timeout 60 wine reg add "$key" /v Debugger /d "cmd.exe /c exit" /f </dev/null
    timeout 60 wine reg add "$key" /v Auto /d 1 /f </dev/null
    timeout 60 wineserver -w || true'
INSIDE
touch "$folder/ready"
