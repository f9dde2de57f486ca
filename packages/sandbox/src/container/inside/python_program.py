"""Runs a Python script in this very process, as `python3 script arguments` would have.

Three things differ from the plain interpreter, all on purpose: common modules are already loaded; a printed line leaves at
its end, as on a terminal, because somebody is watching; and at the end the interpreter is not taken apart object by object
(which costs as much as its start) but only as far as a program can notice.
"""

import _signal as signal
import os
import sys
import time
import types
from importlib.machinery import SourceFileLoader

import hiding
from python_end import attempt, flush, ignore, outcome, take_apart

COMMAND = "python3"
_PROJECT = "/project/"
_LOCALE = ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE")

# Bound here, before the program can replace them where it finds them.
_leave, _kill, _own_pid, _set_signal, _set_time_zone = os._exit, os.kill, os.getpid, signal.signal, time.tzset


class _Prepared:
    """Made in the zygote, once, for all programs."""

    # The program's `__main__`, and the names a plain one has.
    main = None
    main_names = frozenset()
    # Top-level names of the modules a plain interpreter would not have loaded.
    loaded = frozenset()
    # Everything after this name in sys.modules was loaded by the program.
    last = ""
    plain = frozenset()


def prepare(plain_modules, ours):
    """Makes the zygote's interpreter look as one that is about to run a script in /project."""
    for module in ours[1:]:
        del sys.modules[module.__name__]
    sys.path_importer_cache.pop(sys.path[0], None)
    for cached in [name for name in sys.path_importer_cache if name.startswith("/z/")]:
        del sys.path_importer_cache[cached]
    sys.path[0] = _PROJECT[:-1]
    sys.stdout.reconfigure(line_buffering=True)
    # bubblewrap's, and ours.
    for name in ("PWD", "LD_BIND_NOW"):
        os.environ.pop(name, None)
    for module in ours:
        hiding.hide(module)
    _Prepared.main_names = frozenset(sys.modules["__main__"].__dict__)
    _Prepared.loaded = frozenset(name.partition(".")[0] for name in sys.modules if name not in plain_modules)
    _Prepared.plain = plain_modules
    _Prepared.last = next(reversed(sys.modules))


def suits(frame):
    """Whether a running interpreter can still become this program: start-up settings are read only at a start."""
    for name in frame.environment:
        if name.startswith("PYTHON") or name in _LOCALE:
            return False
    script = frame.argv[0]
    if script[0] in "-/" or "//" in script or "./" in script:
        return False
    if frame.script is None:
        try:
            with open(script, "rb") as file:
                frame.script = file.read()
        except FileNotFoundError:
            return True
        except OSError:
            return False
    # Compiled scripts, archives and folders are not text; a null byte ends a script in some versions only.
    return b"\0" not in frame.script


def get_ready():
    """What can be done before the program is known, off the path from click to first byte."""
    _set_signal(signal.SIGINT, signal.default_int_handler)
    # What Python itself does after a fork (kernel.fork does not) and a program would miss.
    if "random" in sys.modules:
        sys.modules["random"].seed()
    if "threading" in sys.modules:
        sys.modules["threading"].main_thread()._set_native_id()
    _Prepared.main = new_main()
    # A rehearsal: the memory that compiling and running touches is then our own already.
    exec(compile("x = [str(1)]", _PROJECT, "exec"), {"__builtins__": sys.modules["builtins"]})


def run(frame):
    """Never returns."""
    argv, source, path = frame.argv, frame.script, _PROJECT + frame.argv[0]
    for name, value in frame.environment.items():
        os.environ[name] = value
    if "TZ" in frame.environment:
        _set_time_zone()
    sys.argv = argv
    sys.orig_argv = [COMMAND, *argv]
    if "/" in argv[0]:
        sys.path[0] = path.rpartition("/")[0]
    forget_hidden(sys.path[0])
    main, _Prepared.main = _Prepared.main, None
    main.__file__ = main.__loader__.path = path
    sys.modules["__main__"] = main
    code = 1
    try:
        code = cannot_open(path) if source is None else outcome(attempt(execute, source, path, main.__dict__))
        del main
        error = attempt(take_apart, _Prepared.last)
        if error is not None:
            ignore(error, None, "ending the program")
        code = flush(code, quiet=False)
        if code == -signal.SIGINT:
            _set_signal(signal.SIGINT, signal.SIG_DFL)
            _kill(_own_pid(), signal.SIGINT)
    finally:
        _leave(code & 0xFF)


def forget_hidden(folder):
    """A module of the project is found even when one of the same name was loaded before: then nothing counts as loaded."""
    try:
        siblings = os.listdir(folder)
    except OSError:
        return
    for name in siblings:
        if name.partition(".")[0] in _Prepared.loaded:
            for loaded in [name for name in sys.modules if name not in _Prepared.plain]:
                del sys.modules[loaded]
            return


def new_main():
    """A fresh `__main__` with what the interpreter itself would have put there."""
    main = types.ModuleType("__main__")
    if "__annotations__" in _Prepared.main_names:
        main.__annotations__ = {}
    main.__builtins__ = sys.modules["builtins"]
    main.__file__ = None
    if "__cached__" in _Prepared.main_names:
        main.__cached__ = None
    main.__loader__ = SourceFileLoader("__main__", "")
    return main


def cannot_open(path):
    sys.stderr.write("%s: can't open file %r: [Errno 2] No such file or directory\n" % (COMMAND, path))
    return 2


def execute(source, path, names):
    exec(compile(source, path, "exec", dont_inherit=True), names)
