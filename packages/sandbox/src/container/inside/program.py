"""The program's process (2 in its box), from the fork to the first instruction of user code.

It builds the walls while it still may, confines itself, waits for one frame and becomes the program. Nothing of ours is left
to call then: `exec` and `node` replace the process image, and Python code runs with our file descriptors closed, our modules
forgotten and our frames hidden.

The frame: a length (u32, big endian), a header of that length, the files' bytes. The header is a list of strings, each ended
by NUL: for each of arguments, environment (name, value), limits (kind=value) and files (path, size, "x" or "") their number
followed by the strings themselves; then, the same way, wishes: "terminal".

Descriptors while it waits: 0 to 2 the program's own, 3 the frame, 4 the word to the init.
"""

# The bare ones: what the standard library wraps around these two costs a fresh fork thirty pages of memory (docs/decisions/0018).
import _signal as signal
import _socket as socket
import fcntl
import os
import resource
import struct
import time

import box
import kernel
import python_program
import terminal

FRAME, WORD = 3, 4
PROJECT = "/project"
_OPEN_FILES = 1024
_LOCKED_BYTES = 65536
_INSIDE_USER = 1000
# The kernel counts terminals for the whole machine; without a bound, a few boxes have them all.
_TERMINALS = b"newinstance,ptmxmode=0666,mode=0620,max=64"
_FOLDERS = (("/tmp/project", 0o755), ("/tmp/tmp", 0o1777), ("/tmp/shm", 0o1777))
_SET_INTERFACE_FLAGS, _LOOPBACK_UP = 0x8914, struct.pack("16sH14x", b"lo", 0x41)
# EFBIG, ENOSPC, EDQUOT: the files do not fit, which is a limit and not a fault.
_FULL = (27, 28, 122)
_NAME = kernel.Name(b"program")


def run(config, name, slot, warmth, ends):
    """Never returns."""
    control, stdin, stdout, stderr, word = ends
    try:
        # The word first: it tells what goes wrong with the rest.
        for source, target in ((word, WORD), (stdin, 0), (stdout, 1), (stderr, 2), (control, FRAME)):
            os.dup2(source, target)
        joins = make_cgroups(config["cgroups"], name)
        build_walls(config, slot)
        for file in joins:
            os.write(file, b"0")
        os.closerange(5, 1 << 20)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        confine(config, slot)
        if warmth == "node":
            restore_signals()
            # Node looks for a package.json where it starts, and remembers that there is none: /project has no files yet.
            os.chdir("/")
            os.execve(config["node"], ["node", "main"], config["nodeEnvironment"])
        if warmth == "python":
            python_program.get_ready()
        os.write(WORD, b"R")
        frame = Frame(warmth == "python")
        os.close(FRAME)
        limit(frame.limits)
        if "terminal" in frame.wishes:
            terminal.take(time.sleep, time.monotonic)
        if warmth == "python" and python_program.suits(frame):
            os.close(WORD)
            python_program.run(frame)
        os.set_inheritable(WORD, False)
        execute(frame, config["environment"], warmth)
    except BaseException as error:
        try:
            os.write(WORD, ("E%s: %s" % (type(error).__name__, error)).encode("utf-8", "replace")[:4000])
        finally:
            os._exit(125)


def build_walls(config, slot):
    kernel.mount(b"proc", b"/proc", b"proc", kernel.NO_SETUID | kernel.NO_DEVICES | kernel.NO_EXEC)
    kernel.mount(b"devpts", b"/dev/pts", b"devpts", kernel.NO_SETUID | kernel.NO_EXEC, _TERMINALS)
    # One file system for all that is writable: its size and its number of files are then limits of the box.
    mount_disk(b"/tmp", config["diskBytes"], config["diskFiles"])
    for folder, mode in _FOLDERS:
        os.mkdir(folder, mode)
    owner = identity(config, slot)
    os.chown("/tmp/project", owner, owner)
    # The program may open its own streams by name (/dev/stdout).
    for stream in (0, 1, 2):
        os.fchown(stream, owner, owner)
    kernel.mount(b"/tmp/project", b"/project", None, kernel.BIND)
    kernel.mount(b"/tmp/shm", b"/dev/shm", None, kernel.BIND)
    kernel.mount(b"/tmp/tmp", b"/tmp", None, kernel.BIND)
    kernel.detach(b"/z")
    any_socket = socket.socket()
    fcntl.ioctl(any_socket.fileno(), _SET_INTERFACE_FLAGS, _LOOPBACK_UP)
    any_socket.close()


def mount_disk(target, size, files, flags=0):
    options = b"size=%d,nr_inodes=%d,mode=755" % (size, files)
    kernel.mount(b"tmpfs", target, b"tmpfs", kernel.NO_SETUID | kernel.NO_DEVICES | flags, options)


def make_cgroups(cgroups, name):
    """Creates the box's groups with the default limits; answers the files through which one joins them."""
    for folder in cgroups["folders"]:
        os.mkdir("/z/cgroups/%s/%s" % (folder, name), 0o755)
    for folder, file, value, needed in cgroups["limits"]:
        try:
            write_file("/z/cgroups/%s/%s/%s" % (folder, name, file), value)
        except OSError:
            if needed:
                raise
    return [os.open("/z/cgroups/%s/%s/%s" % (folder, name, file), os.O_WRONLY) for folder, file in cgroups["joins"]]


def confine(config, slot):
    kernel.unshare(kernel.NEW_CGROUP)
    become(config, slot)
    kernel.set_dumpable(True)
    # A user namespace of its own, in which only this one user exists: no other slot's user can be become, whatever breaks.
    mapping = "%d %d 1" % (_INSIDE_USER, identity(config, slot))
    kernel.unshare(kernel.NEW_USER)
    write_file("/proc/self/setgroups", "deny")
    write_file("/proc/self/uid_map", mapping)
    write_file("/proc/self/gid_map", mapping)
    os.setsid()
    os.umask(0o022)
    # Under memory pressure of the whole machine, the kernel shall take a program before the server.
    write_file("/proc/self/oom_score_adj", "1000")
    kernel.drop_bounding_set()
    kernel.drop_capabilities()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (_LOCKED_BYTES, _LOCKED_BYTES))
    _NAME.set()
    os.chdir(PROJECT)
    config["seccomp"].install()


def identity(config, slot):
    """The box's user and group inside the zygote's user namespace: one per slot where several are mapped."""
    return 1 + slot if config["slots"] else 0


def become(config, slot):
    if config["slots"]:
        user = identity(config, slot)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def limit(limits, pid=0):
    """The limits of this execution that the kernel holds per process: "kind=value". Those already lower stay."""
    for text in limits:
        kind, _, value = text.partition("=")
        try:
            resource.prlimit(pid, int(kind), (int(value), int(value)))
        except (ValueError, PermissionError):
            pass


class Frame:
    """Receives the frame and writes its files; keeps the text of the script if there is one."""

    def __init__(self, has_script):
        size = int.from_bytes(read_exactly(FRAME, 4), "big")
        self._strings = read_exactly(FRAME, size).decode().split("\0")
        self._at = 0
        self.argv = self._take(1)
        environment = self._take(2)
        self.environment = dict(zip(environment[::2], environment[1::2]))
        self.limits = self._take(1)
        files = self._take(3)
        self.wishes = self._take(1)
        self.script = None
        wanted = self.argv[0] if has_script else None
        try:
            for path, length, executable in zip(files[::3], files[1::3], files[2::3]):
                content = place(path, int(length), 0o755 if executable else 0o644)
                if path == wanted:
                    self.script = content
        except OSError as error:
            if error.errno not in _FULL:
                raise
            os.write(2, ("%s\n" % error).encode())
            os._exit(1)

    def _take(self, width):
        start = self._at + 1
        self._at = start + width * int(self._strings[self._at])
        return self._strings[start : self._at]


def place(path, size, mode):
    """Writes one file of the frame; answers its content when that is short."""
    parts = path.split("/")
    if path.startswith("/"):
        if parts[1] != "tmp" or len(parts) < 3:
            raise ValueError("a file outside /project and /tmp: " + ascii(path))
        parts = parts[2:]
    if "" in parts or "." in parts or ".." in parts:
        raise ValueError("not a plain path: " + ascii(path))
    target = path if path.startswith("/") else PROJECT + "/" + path
    if len(parts) > 1:
        os.makedirs(os.path.dirname(target), exist_ok=True)
    file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    content = b""
    while size > 0:
        content = os.read(FRAME, min(size, 1 << 20)) if size > 65536 else read_exactly(FRAME, size)
        if not content:
            raise EOFError("the frame ended early")
        size -= len(content)
        box.write_all(file, content)
    whole = os.lseek(file, 0, os.SEEK_CUR) == len(content)
    os.close(file)
    return content if whole else None


def read_exactly(source, size):
    data = os.read(source, size) if size > 0 else b""
    while len(data) < size:
        more = os.read(source, size - len(data))
        if not more:
            os._exit(0)  # the server is gone, or ended the box before it was started
        data += more
    return data


def write_file(path, text):
    file = os.open(path, os.O_WRONLY)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def restore_signals():
    """Python ignores these; a program expects the defaults."""
    for name in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(name, signal.SIG_DFL)


def execute(frame, base, warmth):
    """Becomes another program; its absence is the program's own failure, told as a shell would."""
    restore_signals()
    environment = {**base, **frame.environment}
    if warmth == "python":
        environment.setdefault("PYTHONUNBUFFERED", "1")
    argv = frame.argv if warmth == "exec" else [python_program.COMMAND, *frame.argv]
    name = argv[0]
    candidates = [name] if "/" in name else [os.path.join(folder, name) for folder in environment.get("PATH", "").split(":") if folder]
    reason = None
    for candidate in candidates:
        try:
            os.execve(candidate, argv, environment)
        except FileNotFoundError:
            continue
        except OSError as error:
            reason = error.strerror
    os.write(2, ("%s: %s\n" % (name, reason or "command not found")).encode("utf-8", "replace"))
    os._exit(126 if reason else 127)
