"""A long-lived worker of the process driver: it runs one program after another, with no wall around any of them.

`python` programs run right here, in this interpreter, which the next program gets as they left it. `exec` programs are children.
`node` programs run in a Node that lives as long as this (node_worker.cjs). Whatever they are, they can do to each other, and
to this worker, what they like: the driver's probe says so.

Called with the warmth, a folder (`work` in it is where programs may write) and the command of Node. On descriptor 3, one line
of JSON each way: {"ready"} with the server's ends of new pipes, which it opens through /proc, then the task, then {"started"}
and {"done"}.
"""

import atexit
import base64
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import socket
import stat
import sys
import threading
import time
import traceback
import zlib

import artefacts

CONTROL = 3
DIE_WITH_PARENT = 1
# A program may need this much address space beyond what it may use; Node alone maps more than half a gigabyte for code.
UNUSED_DATA_BYTES = 1 << 30
LONGEST_LINE = 256 << 20
SIGNALS_RESET = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGALRM")


class Lines:
    """What the other side says, line by line."""

    def __init__(self, file):
        self._file, self._rest = file, b""

    def next(self, waits=True):
        """The next message; None when there is none yet, EOFError when the other side is gone."""
        while b"\n" not in self._rest:
            if not waits and not select.select([self._file], [], [], 0)[0]:
                return None
            chunk = os.read(self._file, 1 << 20)
            if not chunk or len(self._rest) > LONGEST_LINE:
                raise EOFError
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line)


def say(message):
    write_all(CONTROL, json.dumps(message).encode() + b"\n")


def write_all(file, data):
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


class Place:
    """The folder of this worker: `project` is where programs start, `tmp` stands for their /tmp."""

    def __init__(self, folder):
        self.folder = folder
        self.project, self.tmp = (os.path.join(folder, "work", name) for name in ("project", "tmp"))

    def tidy(self):
        """What the last program left is removed, as far as it can be."""
        os.chdir("/")
        for path in (self.project, self.tmp):
            open_folders(path)
            shutil.rmtree(path, ignore_errors=True)
            os.makedirs(path, exist_ok=True)

    def of(self, path):
        return self.tmp + path[4:] if path.startswith("/tmp/") else path if path.startswith("/") else self.project + "/" + path

    def put(self, files):
        """Writes the task's files; answers what the search for artefacts needs to know of them."""
        placed = {}
        for file in files:
            content = base64.b64decode(file["content"])
            path = self.of(file["path"])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o755 if file["executable"] else 0o644)
            write_all(opened, content)
            os.close(opened)
            placed[file["path"]] = (len(content), zlib.crc32(content))
        return placed


def open_folders(path):
    """A folder that a program closed even to itself can be looked into again, and so be removed."""
    for folder, names, _ in os.walk(path):
        for name in names:
            inner = os.path.join(folder, name)
            try:
                if not os.path.islink(inner):
                    os.chmod(inner, 0o700)
            except OSError:
                pass


def main(warmth, folder, *node):
    os.set_inheritable(CONTROL, False)
    # Whatever the server got from who started it.
    os.closerange(CONTROL + 1, 1 << 16)
    place, lines = Place(folder), Lines(CONTROL)
    run = {"python": RunHere, "exec": RunChild, "node": RunNode}[warmth](place, lines, node)
    while True:
        place.tidy()
        run.prepare()
        (stdin, its_stdin), (its_stdout, stdout), (its_stderr, stderr) = os.pipe(), os.pipe(), os.pipe()
        streams, its = [stdin, stdout, stderr], [its_stdin, its_stdout, its_stderr]
        say({"ready": its})
        task = lines.next()
        while "argv" not in task:
            task = lines.next()  # a signal that came too late
        for end in its:
            os.close(end)
        try:
            placed = place.put(task["files"])
            report = run.run(task, streams)
        except OSError as error:
            placed, report = {}, {"fault": str(error)}
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        for stream in [nothing, *streams]:
            if stream > CONTROL:
                os.close(stream)
        say({"done": {**report, **bring_out(place, task, placed, report.get("status"))}})


def bring_out(place, task, placed, status):
    wanted = []
    if status == 0:
        for path in task["collect"]:
            file = take(place.of(path), task["collectBytes"])
            if file is not None:
                wanted.append({"path": path, **file})
    answer = {"files": wanted}
    if task["artefacts"] is not None:
        found, are_all = artefacts.find(place.project, placed, task["artefacts"]["files"], task["artefacts"]["bytes"])
        answer["artefacts"] = {"files": [{"path": path, **read(*rest)} for path, *rest in found], "areAll": are_all}
    return answer


def take(path, most):
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    facts = os.fstat(file)
    if stat.S_ISREG(facts.st_mode) and facts.st_size <= most:
        return read(file, facts.st_size, bool(facts.st_mode & 0o100))
    os.close(file)
    return None


def read(file, size, executable):
    content = os.pread(file, size, 0)
    os.close(file)
    return {"content": base64.b64encode(content).decode(), "executable": executable}


def environment_of(task, place):
    return {**task["base"], "HOME": place.tmp, "TMPDIR": place.tmp, **task["environment"]}


def set_limits(limits, is_hard):
    """ulimit. Of a worker only the soft limits are set: the next program may have others."""
    values = {
        resource.RLIMIT_DATA: limits["memoryBytes"] + UNUSED_DATA_BYTES,
        resource.RLIMIT_FSIZE: limits["diskBytes"],
        resource.RLIMIT_NPROC: limits["sharedProcesses"],
        resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_CORE: 0,
    }
    if is_hard:
        values[resource.RLIMIT_CPU] = limits["cpuMs"] // 1000 + 2
    for kind, value in values.items():
        _, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most if is_hard else hard))


def usage():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return int(sum(each.ru_utime + each.ru_stime for each in both) * 1_000_000), max(each.ru_maxrss for each in both) * 1024


class RunHere:
    """In this very interpreter: what a program changes in it, the next one finds."""

    def __init__(self, place, lines, node):
        self._place = place

    def prepare(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def run(self, task, streams):
        place = self._place
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
            os.close(stream)
        streams.clear()
        before, _ = usage()
        set_limits(task["limits"], is_hard=False)
        os.chdir(place.project)
        os.environ.clear()
        os.environ.update(environment_of(task, place))
        sys.argv = list(task["argv"])
        sys.path[0] = os.path.dirname(place.of(task["argv"][0]))
        sys.stdin = open(0, closefd=False)
        sys.stdout = open(1, "w", buffering=1, closefd=False)
        sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        say({"started": os.getpid()})
        status = self._execute(task["argv"][0])
        self._forget()
        after, resident = usage()
        return {"status": status, "cpuUs": after - before, "residentBytes": resident}

    def _execute(self, name):
        status = 0
        try:
            with open(name, "rb") as file:
                code = compile(file.read(), self._place.of(name), "exec")
            module = type(sys)("__main__")
            module.__file__ = self._place.of(name)
            sys.modules["__main__"] = module
            exec(code, module.__dict__)
        except SystemExit as end:
            status = exit_status(end.code)
        except KeyboardInterrupt:
            traceback.print_exc()
            status = signal.SIGINT
        except BaseException as error:
            # Without our own frame, which stands first.
            traceback.print_exception(type(error), error, error.__traceback__ and error.__traceback__.tb_next)
            status = 1 << 8
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for thread in threading.enumerate():
            if thread is not threading.main_thread() and not thread.daemon:
                thread.join()
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass
        return status

    def _forget(self):
        """Modules of the project, so that the next one's are read. All else stays as the program left it."""
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "")).startswith(self._place.folder):
                del sys.modules[name]
        for name in SIGNALS_RESET:
            signal.signal(getattr(signal, name), signal.SIG_DFL)


def exit_status(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return (code & 0xFF) << 8
    print(code, file=sys.stderr)
    return 1 << 8


class RunChild:
    """As a child, in a process group of its own, which is killed at its end."""

    def __init__(self, place, lines, node):
        self._place, self._lines = place, lines
        wake_read, wake_write = os.pipe()
        for end in (wake_read, wake_write):
            os.set_blocking(end, False)
        self._wake = wake_read
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)

    def prepare(self):
        pass

    def run(self, task, streams):
        environment = environment_of(task, self._place)
        argv = [self._place.of(word) if word.startswith("/tmp/") else word for word in task["argv"]]
        child = os.fork()
        if child == 0:
            become(argv, environment, self._place.project, task["limits"], streams)
        for stream in streams:
            os.close(stream)
        streams.clear()
        say({"started": child})
        status, used = self._wait(child)
        return {"status": status, "cpuUs": int((used.ru_utime + used.ru_stime) * 1_000_000), "residentBytes": used.ru_maxrss * 1024}

    def _wait(self, child):
        while True:
            # Its group is ended before its number is free for another.
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                kill_group(child, signal.SIGKILL)
                return os.wait4(child, 0)[1:]
            readable, _, _ = select.select([CONTROL, self._wake], [], [])
            if self._wake in readable:
                os.read(self._wake, 4096)
            if CONTROL in readable:
                pass_signals(self._lines, child)


def pass_signals(lines, leader):
    """All that have been said: several may have come at once."""
    message = lines.next(waits=False)
    while message is not None:
        if "signal" in message:
            kill_group(leader, message["signal"])
        message = lines.next(waits=False)


def kill_group(leader, number):
    """The whole group, or its leader while it is about to become one."""
    for kill in (os.killpg, os.kill):
        try:
            return kill(leader, number)
        except ProcessLookupError:
            pass
        except PermissionError:
            return None


def become(argv, environment, folder, limits, streams):
    """Never returns."""
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        for target, stream in enumerate(streams):
            os.dup2(stream, target, inheritable=True)
        os.closerange(3, 1024)
        os.chdir(folder)
        for name in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
            signal.signal(name, signal.SIG_DFL)
        set_limits(limits, is_hard=True)
        os.execvpe(argv[0], argv, environment)
    except FileNotFoundError:
        os.write(2, ("%s: command not found\n" % argv[0]).encode())
        os._exit(127)
    except OSError as error:
        os.write(2, ("%s: %s\n" % (argv[0], error.strerror)).encode())
        os._exit(126)
    finally:
        os._exit(126)


class RunNode:
    """In a Node that lives on: each program is a thread of it."""

    def __init__(self, place, lines, command):
        self._place, self._lines, self._command = place, lines, command
        self._child, self._socket, self._said = None, None, None

    def prepare(self):
        if self._child is None:
            ours, its = socket.socketpair()
            self._child = os.fork()
            if self._child == 0:
                os.dup2(its.fileno(), 63)
                nothing = os.open(os.devnull, os.O_RDWR)
                for stream in (0, 1, 2):
                    os.dup2(nothing, stream)
                ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
                os.setpgid(0, 0)
                os.dup2(63, CONTROL, inheritable=True)
                os.closerange(4, 1024)
                os.execv(self._command[0], [*self._command, self._place.folder])
            its.close()
            self._socket, self._said = ours, Lines(ours.fileno())
        self._said.next()  # {"ready"}

    def run(self, task, streams):
        word = {"streams": ["/proc/%d/fd/%d" % (os.getpid(), stream) for stream in streams], "argv": task["argv"], "environment": environment_of(task, self._place), "limits": task["limits"]}
        self._socket.sendall(json.dumps(word).encode() + b"\n")
        try:
            self._said.next()  # {"opened"}
            for stream in streams:
                os.close(stream)
            streams.clear()
            say({"started": self._child})
            while True:
                readable, _, _ = select.select([CONTROL, self._socket], [], [])
                if CONTROL in readable:
                    pass_signals(self._lines, self._child)
                report = self._said.next(waits=False) if self._socket in readable else None
                if report is not None:
                    return report
        except EOFError:
            return self._bury()

    def _bury(self):
        """A program took its Node with it: the next one gets another."""
        os.waitid(os.P_PID, self._child, os.WEXITED | os.WNOWAIT)
        kill_group(self._child, signal.SIGKILL)
        _, status, used = os.wait4(self._child, 0)
        self._socket.close()
        self._child = None
        return {"status": status, "cpuUs": int((used.ru_utime + used.ru_stime) * 1_000_000), "residentBytes": used.ru_maxrss * 1024}


try:
    main(*sys.argv[1:])
except EOFError:
    pass  # the server is gone
