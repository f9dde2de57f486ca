"""Finds what a program made or changed below /project, once everything that could touch it is dead.

Runs in the box's init, without any privilege. Nothing is followed: neither links nor what else is no plain file or folder.
"""

import os
import zlib

_FOLDER, _REGULAR, _KIND = 0o040000, 0o100000, 0o170000
_CHUNK = 1 << 20
# Python's own compiled copies of the project's files: made by running, wanted by nobody.
_SKIPPED = frozenset(["__pycache__"])


def find(root, placed, most_files, most_bytes):
    """
    Answers ([(path, file, size, executable)], whether those are all). `placed`: {path: (size, crc32)} of the files that were
    there before; those that still hold the same bytes are none of the program's.
    """
    found, are_all, left = [], True, most_bytes
    for path in walk(root):
        if path is None:
            are_all = False
            continue
        try:
            file = os.open(os.path.join(root, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            are_all = False
            continue
        facts = os.fstat(file)
        size = facts.st_size
        before = placed.get(path)
        if before is not None and before[0] == size and checksum(file) == before[1]:
            os.close(file)
        elif len(found) >= most_files or size > left:
            are_all = False
            os.close(file)
        else:
            left -= size
            found.append((path, file, size, bool(facts.st_mode & 0o100)))
    return found, are_all


def walk(root):
    """Paths of plain files, by name, folder after folder; None for what cannot be looked at or is not text."""
    folders = [""]
    while folders:
        folder = folders.pop(0)
        try:
            names = sorted(os.listdir(os.path.join(root, folder)))
        except OSError:
            yield None
            continue
        for name in names:
            path = folder + "/" + name if folder else name
            try:
                path.encode()
                kind = os.lstat(os.path.join(root, path)).st_mode & _KIND
            except (OSError, UnicodeEncodeError):
                yield None
                continue
            if kind == _REGULAR:
                yield path
            elif kind == _FOLDER:
                if name not in _SKIPPED:
                    folders.append(path)
            else:
                yield None


def checksum(file):
    crc, at = 0, 0
    while True:
        chunk = os.pread(file, _CHUNK, at)
        if not chunk:
            return crc
        crc = zlib.crc32(chunk, crc)
        at += len(chunk)


def read_request(words):
    """From the server's line: most files, most bytes, then path, size and checksum of every placed file."""
    most_files, most_bytes, *rest = words
    placed = {path: (int(size), int(crc)) for path, size, crc in zip(rest[::3], rest[1::3], rest[2::3])}
    return placed, int(most_files), int(most_bytes)
