#!/bin/sh
# finish.sh ROOT: takes out what no program needs and makes the tree safe to show to untrusted ones, read-only.
set -eu
cd "$1"
case $(pwd -P) in
  */building-*/root) ;; # what follows deletes: never anywhere else
  *) exit 1 ;;
esac

# Documentation, message catalogues, logs, package lists: nobody reads them in a box.
rm -rf --one-file-system boot/* media mnt opt srv home/* root tmp dev run \
  usr/share/doc/* usr/share/man/*/* usr/share/info/* usr/share/locale/* usr/share/lintian usr/share/bug usr/share/bash-completion \
  usr/share/go-*/test usr/share/go-*/api usr/share/gdb usr/share/zsh \
  var/log/* var/tmp/* var/lib/apt/lists/* var/cache/apt/* var/cache/debconf/* var/lib/dpkg/*-old etc/*-

# How this machine reaches its mirror: a proxy's address may hold a password.
rm -rf --one-file-system etc/apt etc/dpkg/dpkg.cfg.d/*

# Mount points must exist: the root is read-only for the box. /root stays closed and empty.
mkdir -p dev home media mnt opt project proc root run srv sys tmp
chmod 755 . dev home media mnt opt project proc run srv sys
chmod 700 root
chmod 1777 tmp

# Nothing may raise its rights, whatever the mount options.
find . -xdev -type f -perm /6000 -exec chmod ug-s {} +
find . -xdev \( -type b -o -type c -o -type p -o -type s \) -delete

# No identity of this machine, no name server.
printf '127.0.0.1 localhost\n::1 localhost\n' >etc/hosts
printf 'sandbox\n' >etc/hostname
rm -f etc/resolv.conf etc/machine-id
: >etc/resolv.conf
: >etc/machine-id

# The box runs as a user of its own: what it needs, everybody may read.
chmod -R go-w,a+rX usr var/cache
