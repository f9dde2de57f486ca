"""What the agent does to its machine before a program is there: the writable folders with their size, the loopback, the clock."""

import fcntl
import os
import signal
import socket
import struct
import time

import kernel

_FOLDERS = (("project", 0o755), ("tmp", 0o1777), ("shm", 0o1777))
_PLACES = (("shm", "/dev/shm"), ("project", "/project"), ("tmp", "/tmp"))
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1
_ADD_ENTROPY, _RESEED = 0x40085203, 0x5207


def raise_around(config):
    if config["disk"] is not None:
        mount_disk(config, config["disk"])
    raise_loopback()


def mount_disk(config, disk):
    """One file system for all that is writable: its size is then a limit of the box. Mounted over what was there before."""
    size = b"mode=755,size=%d" % disk["bytes"]
    flags = kernel.NO_SETUID | kernel.NO_DEVICES
    try:
        kernel.mount(b"tmpfs", b"/tmp", b"tmpfs", flags, size + b",nr_inodes=%d" % disk["files"])
    except OSError:
        # gVisor counts no files; there, they are held by the limit of memory.
        kernel.mount(b"tmpfs", b"/tmp", b"tmpfs", flags, size)
    for name, mode in _FOLDERS:
        os.mkdir("/tmp/" + name, mode)
    os.chown("/tmp/project", config["user"], config["user"])
    for name, place in _PLACES:
        kernel.mount(b"/tmp/" + name.encode(), place.encode(), None, kernel.BIND)


def is_full():
    space = os.statvfs("/project")
    return space.f_bavail == 0 or (space.f_files > 0 and space.f_favail == 0)


def raise_loopback():
    any_socket = socket.socket()
    try:
        name = b"lo".ljust(16, b"\0")
        flags = struct.unpack("16xH", fcntl.ioctl(any_socket, _GET_FLAGS, name + bytes(2))[:18])[0]
        if not flags & _UP:
            fcntl.ioctl(any_socket, _SET_FLAGS, name + struct.pack("H14x", flags | _UP))
    except OSError:
        pass  # gVisor's is always up and has no such call; an OCI runtime has raised it
    finally:
        any_socket.close()


def hide_ourselves(config):
    """Our own files; they are no secret, and of no use to a program."""
    if config["groups"] == "pids":
        # Devices that gVisor offers and no program here may have.
        for device in ("/dev/fuse", "/dev/net/tun"):
            try:
                os.unlink(device)
            except FileNotFoundError:
                pass
        os.rmdir("/dev/net")
    if config["hides"]:
        kernel.mount(b"tmpfs", b"/z", b"tmpfs", kernel.NO_SETUID | kernel.NO_DEVICES | kernel.NO_EXEC | kernel.READ_ONLY, b"size=4096,mode=555")


def hide_our_processes():
    """For gVisor, which shows every process what the others have open: programs get a PID namespace in which we are not.

    Its first process does nothing but inherit orphans, whom the kernel then reaps; the program is a child of ours all the same.
    """
    ready, told = os.pipe()
    kernel.unshare(kernel.NEW_PIDS)
    first = kernel.fork()
    if first == 0:
        try:
            kernel.mount(b"proc", b"/proc", b"proc", kernel.NO_SETUID | kernel.NO_DEVICES | kernel.NO_EXEC)
            signal.set_wakeup_fd(-1)
            for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            os.write(told, b"R")
            os.closerange(0, 1 << 16)
            os.setsid()
            kernel.drop_bounding_set()
            kernel.drop_capabilities(ambient=False)
            while True:
                time.sleep(1 << 20)
        finally:
            os._exit(1)
    os.close(told)
    if os.read(ready, 1) != b"R":
        raise OSError("no namespace for programs")
    os.close(ready)
    return first


def refresh(message):
    """After a virtual machine was copied: random numbers of its own, and the time of now."""
    entropy = bytes.fromhex(message["entropy"])
    device = os.open("/dev/urandom", os.O_WRONLY)
    try:
        fcntl.ioctl(device, _ADD_ENTROPY, struct.pack("ii", len(entropy) * 8, len(entropy)) + entropy)
        fcntl.ioctl(device, _RESEED)
    finally:
        os.close(device)
    time.clock_settime(time.CLOCK_REALTIME, message["clockMs"] / 1000)
