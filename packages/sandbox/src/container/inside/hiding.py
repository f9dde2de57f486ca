"""Hides frames of ours from the program: from tracebacks, `sys._getframe`, warnings and logging."""

import ctypes
import sys
import types

_FIRST_TRACEABLE_FROM_END = 16


def hide(module):
    """
    Makes the frames of a module's code invisible to tracebacks, `sys._getframe` and warnings.

    CPython (3.11 and later) passes over frames that have not reached the first traceable instruction of their code. That
    position is the int just before the last pointer of a code object's fixed part; it is checked before it is changed, and
    where it is not what we expect our frames merely stay visible.
    """
    if sys.version_info < (3, 11):
        return
    offset = types.CodeType.__basicsize__ - _FIRST_TRACEABLE_FROM_END
    for code in codes_of(module):
        position = ctypes.c_int.from_address(id(code) + offset)
        if 0 <= position.value < 64:
            position.value = 1 << 30


def codes_of(module):
    """Of the module itself where it is running, of its functions and classes, and of what is defined inside them."""
    frame, found = sys._getframe(), []
    while frame is not None:
        if frame.f_globals is module.__dict__:
            found.append(frame.f_code)
        frame = frame.f_back
    for thing in list(module.__dict__.values()):
        members = vars(thing).values() if isinstance(thing, type) and thing.__module__ == module.__name__ else [thing]
        found += [member.__code__ for member in members if isinstance(member, types.FunctionType)]
    for code in found:
        found += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return found
