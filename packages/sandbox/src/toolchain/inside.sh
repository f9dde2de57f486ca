#!/bin/sh
# inside.sh ROOT COMMAND…: runs a command in the image while it is being built. The caller gave us a mount namespace of our own.
set -eu
root=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec /usr/sbin/chroot "$root" "$@"
