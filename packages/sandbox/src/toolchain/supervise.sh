#!/bin/sh
# Runs a command and kills this whole process group when our standard input closes: the server that holds its other end
# may be ended by kill -9, and what it was building must not outlive it.
exec 3<&0 </dev/null
{
  cat <&3
  kill -KILL 0
} >/dev/null 2>&1 &
exec 3<&-
"$@"
