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


def begin(config, order, status, standing=None):
    """Answers the descriptor to read from, or None when nothing is wanted. `standing`: from `stand_ready`."""
    wanted = order["collect"] if status == 0 else None
    bounds = order["artefacts"]
    if wanted is None and bounds is None:
        return None
    work = {"wanted": wanted, "bounds": bounds, "placed": order.get("placed")}
    if standing is not None:
        source, orders = standing
        box.write_all(orders, json.dumps(work).encode())
        os.close(orders)
        return source
    source, target = os.pipe()
    if fork() == 0:
        collect(config, work, target)
    os.close(target)
    return source


def stand_ready(config):
    """Where processes of ours cannot be made any more once a program ran: (what to read, where to write the work)."""
    source, target = os.pipe()
    work, orders = os.pipe()
    if fork() == 0:
        try:
            os.close(orders)
            text = b""
            while True:
                more = os.read(work, 65536)
                if not more:
                    break
                text += more
            if text:
                collect(config, json.loads(text), target)
        finally:
            os._exit(0)
    os.close(target)
    os.close(work)
    return source, orders


def fork():
    pid = kernel.fork()
    if pid < 0:
        raise OSError("fork failed")
    return pid


def collect(config, work, target):
    """Never returns."""
    try:
        os.dup2(target, _TARGET, inheritable=False)
        os.closerange(_TARGET + 1, 1 << 16)
        ready.confine(config)
        if work["wanted"] is not None:
            send_collected(work["wanted"]["paths"], work["wanted"]["bytes"])
        if work["bounds"] is not None:
            send_artefacts(work["placed"], work["bounds"]["files"], work["bounds"]["bytes"])
    finally:
        os._exit(0)


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
