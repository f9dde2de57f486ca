"""The kernel calls that a box needs and Python does not offer, through ctypes. Linux only; no C compiler needed."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)

# With their types known, and found once: the first use of anything costs a fork copies of memory.
_text, _long, _int = ctypes.c_char_p, ctypes.c_ulong, ctypes.c_int
_unshare, _setns, _mount, _umount2, _prctl, _capset, _kill = libc.unshare, libc.setns, libc.mount, libc.umount2, libc.prctl, libc.capset, libc.kill
_unshare.argtypes = [_int]
_kill.argtypes = [_int, _int]
_setns.argtypes = [_int, _int]
_mount.argtypes = [_text, _text, _text, _long, _text]
_umount2.argtypes = [_text, _int]
_prctl.argtypes = [_int, _long, _long, _long, _long]
# The same call for those that have one argument, as each argument takes its time.
_prctl_short = ctypes.CDLL(None).prctl
_prctl_short.argtypes = [_int, _long]
_capset.argtypes = [ctypes.c_void_p, ctypes.c_void_p]

NEW_MOUNTS, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEW_USER, NEW_PIDS, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000

READ_ONLY, NO_SETUID, NO_DEVICES, NO_EXEC, REMOUNT, BIND, DETACH = 1, 2, 4, 8, 32, 4096, 2

_SET_DUMPABLE, _SET_NAME, _SET_SECCOMP, _DROP_BOUNDING, _NO_NEW_PRIVILEGES, _AMBIENT = 4, 15, 22, 24, 38, 47


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))


_HEADER, _NONE = _Header(0x20080522, 0), (_Sets * 2)()
_HEADER_AT, _NONE_AT = ctypes.addressof(_HEADER), ctypes.addressof(_NONE)

# fork(2) without Python's own work after a fork, which is for programs with threads: it visits every module that asked for
# it, and costs a child more than everything else it does. Who starts user code must do what matters of it (python_program).
fork = ctypes.PyDLL(None).fork


def unshare(flags):
    _check(_unshare(flags), "unshare")


def enter(namespace, kind):
    """Joins the namespace behind an open file of /proc/<pid>/ns."""
    _check(_setns(namespace, kind), "setns")


def mount(source, target, kind, flags, options=None):
    """All but the flags are bytes."""
    _check(_mount(source, target, kind, flags, options), "mount")


def detach(target):
    _check(_umount2(target, DETACH), "umount")


def kill_all():
    """SIGKILL to everybody else in the box; whether there was anybody. (os.kill would raise, which costs memory pages.)"""
    return _kill(-1, 9) == 0


def drop_bounding_set():
    capability = 0
    while _prctl_short(_DROP_BOUNDING, capability) == 0:
        capability += 1


def drop_capabilities(ambient=True):
    """`ambient` is False only for a kernel that knows none."""
    if ambient:
        _check(_prctl(_AMBIENT, 4, 0, 0, 0), "clear ambient capabilities")
    _check(_capset(_HEADER_AT, _NONE_AT), "capset")


def no_new_privileges():
    _check(_prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")


def set_dumpable(yes):
    """Whether others of the same user may look into this process (ptrace, /proc/<pid>/mem, /proc/<pid>/fd)."""
    _check(_prctl(_SET_DUMPABLE, 1 if yes else 0, 0, 0, 0), "dumpable")


class Name:
    """What `ps` shows for a process."""

    def __init__(self, name):
        self._bytes = ctypes.create_string_buffer(name)
        self._at = ctypes.addressof(self._bytes)

    def set(self):
        _prctl(_SET_NAME, self._at, 0, 0, 0)


class Seccomp:
    """A classic-BPF filter, loaded once in the zygote and installed in every program."""

    def __init__(self, program):
        self._bytes = ctypes.create_string_buffer(program, len(program))
        self._filter = _Filter(len(program) // 8, ctypes.addressof(self._bytes))
        self._at = ctypes.addressof(self._filter)

    def install(self):
        _check(_prctl(_SET_SECCOMP, 2, self._at, 0, 0), "seccomp")
