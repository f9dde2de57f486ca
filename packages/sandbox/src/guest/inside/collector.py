"""Files of the program for the server, once the program and all it started are dead.

Read by a process with the program's own rights, and none more: a link can lead nowhere the program could not have gone. They
go out one after another: a length (u32), a JSON header of that length [path, size, executable, isArtefact], the bytes.
"""

import json
import os
import struct

import artefacts
import box
import kernel
import program
import ready

_TARGET = 3


def begin(config, order, status):
    """Answers the descriptor to read from, or None when nothing is wanted."""
    wanted = order["collect"] if status == 0 else None
    bounds = order["artefacts"]
    if wanted is None and bounds is None:
        return None
    source, target = os.pipe()
    pid = kernel.fork()
    if pid < 0:
        raise OSError("fork failed")
    if pid == 0:
        try:
            os.dup2(target, _TARGET, inheritable=False)
            os.closerange(_TARGET + 1, 1 << 16)
            ready.confine(config)
            if wanted is not None:
                send_collected(wanted["paths"], wanted["bytes"])
            if bounds is not None:
                send_artefacts(order["placed"], bounds["files"], bounds["bytes"])
        finally:
            os._exit(0)
    os.close(target)
    return source


def send_collected(paths, limit):
    for path in paths:
        found = box.open_collected(path, limit)
        if found is not None:
            send(path, *found, False)


def send_artefacts(placed, files, size):
    """Last comes whether those were all."""
    found, are_all = artefacts.find(program.PROJECT, {path: tuple(sums) for path, sums in placed.items()}, files, size)
    for path, *facts in found:
        send(path, *facts, True)
    announce(["", 0, are_all, True])


def send(path, file, size, executable, is_artefact):
    announce([path, size, executable, is_artefact])
    box.send_file(_TARGET, file, size)
    os.close(file)


def announce(facts):
    header = json.dumps(facts).encode()
    box.write_all(_TARGET, struct.pack(">I", len(header)) + header)
