"""What attacks in Python share: a raw system call, and the mark of those that got somewhere."""

import ctypes
import errno
import os
import platform

libc = ctypes.CDLL(None, use_errno=True)
_ARM = platform.machine() == "aarch64"


def escaped(what):
    os.write(1, ("ESCAPED %s\n" % what).encode("utf-8", "replace"))


def call(x64, arm64, *arguments):
    """(result, name of the error or None) of a system call by its numbers; -1 where there is no such call."""
    number = arm64 if _ARM else x64
    if number < 0:
        return -1, "ENOSYS"
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return result, errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno())) if result == -1 else None


def refused(name, x64, arm64, *arguments, allowed=("EPERM", "ENOSYS")):
    """The call must be refused before the kernel looks at its arguments."""
    result, error = call(x64, arm64, *arguments)
    if error not in allowed:
        escaped("%s answered %s %s" % (name, result, error))


def must_fail(name, action):
    """Whatever the operating system says to it, it must not work."""
    try:
        result = action()
    except (OSError, ValueError, OverflowError, PermissionError):
        return
    escaped("%s worked: %.200r" % (name, result))


def children(count, action):
    """Runs `action(index)` in so many processes; does not wait for them."""
    pids = []
    for index in range(count):
        try:
            pid = os.fork()
        except OSError:
            break
        if pid == 0:
            try:
                action(index)
            finally:
                os._exit(0)
        pids.append(pid)
    return pids
