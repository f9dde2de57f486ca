"""The end of a Python program: what it prints, its exit code, and the part of the interpreter's end that it can notice."""

import atexit
import gc
import signal
import sys
import types
import weakref

from kernel import libc

# Bound here, before the program can replace them where it finds them.
_collect, _run_exit_functions, _weak_reference, _module_kind = gc.collect, atexit._run_exitfuncs, weakref.ref, types.ModuleType


def attempt(action, *arguments):
    """Answers what was raised, outside of any handler: what the program then prints has no context of ours."""
    try:
        action(*arguments)
    except BaseException as error:
        return error
    return None


def outcome(error):
    """The exit code of a program that ended with `error` (None: by itself); prints what the interpreter would print."""
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        return exit_code(error.code)
    kind, trace = type(error), error.__traceback__
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    attempt(sys.stdout.flush)
    second = attempt(sys.excepthook, kind, error, trace)
    if isinstance(second, SystemExit):
        return exit_code(second.code)
    if second is not None:
        sys.stderr.write("Error in sys.excepthook:\n")
        sys.__excepthook__(type(second), second, second.__traceback__)
        sys.stderr.write("\nOriginal exception was:\n")
        sys.__excepthook__(kind, error, trace)
    return -signal.SIGINT if issubclass(kind, KeyboardInterrupt) else 1


def exit_code(value):
    """What `sys.exit(value)` means to the shell."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value if -(1 << 63) <= value < 1 << 63 else -1
    attempt(sys.stdout.flush)
    attempt(sys.stderr.write, str(value) + "\n")
    return 1


def take_apart(last):
    """The noticeable part of the interpreter's end, in its order: threads, atexit, the program's objects, buffers.

    `last` is the last module that was loaded before the program began.
    """
    threading = sys.modules.get("threading")
    if threading is not None:
        error = attempt(join_threads, threading)
        if error is not None:
            ignore(error, threading, "threading shutdown")
    _run_exit_functions()
    flush(0, quiet=True)
    # Objects with __del__, suspended generators and open files of the program end here. What was loaded before the fork is
    # frozen (gc.freeze) and not looked at.
    names = []
    for name in reversed(sys.modules):
        if name == last:
            break
        names.append(name)
    names.append("__main__")
    modules = [_weak_reference(sys.modules.pop(name)) for name in names if isinstance(sys.modules.get(name), _module_kind)]
    sys.last_type = sys.last_value = sys.last_traceback = sys.last_exc = None
    _collect()
    for reference in modules:
        module = reference()
        if module is not None:
            clear(module.__dict__)
    _collect()
    libc.fflush(None)


def join_threads(threading):
    threading._shutdown()


def clear(names):
    """As the interpreter does with modules that somebody still holds: private names first, and None instead of nothing."""
    for private in (True, False):
        for name in list(names):
            if name != "__builtins__" and (name.startswith("_") and not name.startswith("__")) is private:
                names[name] = None


def flush(code, quiet):
    """Empties the standard streams; when stdout cannot be written, that is told once and is exit code 120."""
    error = attempt(empty, sys.stdout)
    if error is not None and not quiet:
        ignore(error, sys.stdout, "flushing sys.stdout")
        code = 120
    attempt(empty, sys.stderr)
    return code


def empty(stream):
    if stream is not None and not getattr(stream, "closed", False):
        stream.flush()


def ignore(error, source, doing):
    """What the interpreter prints about exceptions that have nowhere to go; newer ones name what they were doing."""
    what = "on " + doing if sys.version_info >= (3, 13) or source is None else "in: %r" % (source,)
    attempt(sys.stderr.write, "Exception ignored %s%s\n" % (what, ":" if what.startswith("on ") else ""))
    attempt(sys.__excepthook__, type(error), error, error.__traceback__)
