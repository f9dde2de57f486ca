"""Runs a command, and afterwards lists on standard error what it left running; whatever that is, it is then ended.

    reap.py REPORT COMMAND [ARGS...]

A process whose parent ends is given to the nearest ancestor that has asked for it (prctl PR_SET_CHILD_SUBREAPER). This one
has: so nothing that a test starts can get away, in whatever session or group it hides. One line per process goes to REPORT.
"""
import ctypes
import os
import signal
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 15.0


def children():
    pid = os.getpid()
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] not in "ZX":
            found.append(int(name))
    return found


def describe(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return f"{pid} " + " ".join(file.read().split("\0"))[:200]
    except OSError:
        return None


def collect(main, status):
    """Takes in every child that has ended, without waiting; returns main's exit code once it is among them."""
    while True:
        try:
            pid, result = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        if pid == main:
            status = os.waitstatus_to_exitcode(result)


def main():
    report, command = sys.argv[1], sys.argv[2:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        os.execvp(command[0], command)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, frame: os.kill(child, number))
    status = None
    while status is None:
        try:
            pid, result = os.waitpid(-1, 0)
        except InterruptedError:
            continue
        if pid == child:
            status = os.waitstatus_to_exitcode(result)
    # What is on its way out gets a moment.
    deadline = time.monotonic() + GRACE_SECONDS
    while children() and time.monotonic() < deadline:
        time.sleep(0.05)
        collect(child, status)
    left = [line for line in map(describe, children()) if line]
    with open(report, "w") as file:
        file.write("".join(line + "\n" for line in left))
    while children():
        for pid in children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
        collect(child, status)
    sys.exit(status if status >= 0 else 128 - status)


main()
