"""A program of ours, run to its end beside the one that stands ready, before that one is needed.

An emulated processor translates code when it first runs it, and keeps the translation; a copied machine begins with none. What
a start takes has then been translated before somebody waits for it.
"""

import base64
import os

import accounts
import program
import ready


def rehearse(config, message):
    """`frame` is what a program would be sent; `file` the one that it places in /project."""
    child = ready.Child(config, accounts.Nothing())
    os.close(child.stdin)
    write(child.frame, base64.b64decode(message["frame"]))
    os.close(child.frame)
    for end in (child.stdout, child.stderr, child.word):
        while os.read(end, 65536):
            pass
        os.close(end)
    os.waitpid(child.pid, 0)
    if message["file"] is not None:
        os.unlink(program.PROJECT + "/" + message["file"])


def write(file, data):
    while data:
        data = data[os.write(file, data) :]
