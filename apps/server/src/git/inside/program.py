"""Runs git with nothing configured but what stands here, and holds what was asked for."""

import json
import os
import re
import subprocess

OUT = "/project"
HOME = OUT + "/git"
SAID_BYTES = 2000

with open("/tmp/request.json", encoding="utf-8") as _request:
    REQUEST = json.load(_request)

# Only what stands here is configured: there is no file that git would read beside it.
CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.fsmonitor": "false",
    "core.symlinks": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.quotePath": "false",
    "core.logAllRefUpdates": "false",
    "core.packedGitLimit": "128m",
    "core.deltaBaseCacheLimit": "48m",
    "core.bigFileThreshold": "32m",
    "core.compression": "6",
    "credential.helper": "",
    "fetch.unpackLimit": "1",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "http.maxRequests": "2",
    "http.sslVerify": "true",
    "pack.threads": "1",
    "pack.windowMemory": "64m",
    "pack.writeReverseIndex": "false",
    "protocol.allow": "never",
    "protocol.https.allow": "always",
    "protocol.version": "2",
    "diff.renames": "false",
    "user.useConfigOnly": "true",
    "safe.directory": "*",
}


class Failed(Exception):
    """Told to the person: a code that the server has words for, and what git said."""

    def __init__(self, code, said=""):
        super().__init__(code)
        self.code, self.said = code, said


def environment(more=None):
    kept = ("PATH", "LANG", "HTTPS_PROXY", "https_proxy")
    values = {name: os.environ[name] for name in kept if name in os.environ}
    config = {**CONFIG, **(more or {})}
    for number, (name, value) in enumerate(config.items()):
        values["GIT_CONFIG_KEY_%d" % number] = name
        values["GIT_CONFIG_VALUE_%d" % number] = value
    return {
        **values,
        "GIT_CONFIG_COUNT": str(len(config)),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_DIR": HOME,
        "GIT_INDEX_FILE": "/tmp/index",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
    }


def git(*arguments, given=None, code="failed", env=None, cwd="/tmp"):
    """What it printed, as bytes. Fails when it fails."""
    done = subprocess.run(["git", *arguments], input=given or b"", capture_output=True, env=env or environment(), cwd=cwd)
    if done.returncode != 0:
        raise Failed(code, plain(done.stderr))
    return done.stdout


def text(*arguments, **more):
    return git(*arguments, **more).decode("utf-8", "replace").strip()


PROGRESS = re.compile(r"(remote: )?(Receiving|Resolving|Counting|Compressing|Enumerating|Writing|Total)\b")


def plain(said):
    shown = said.decode("utf-8", "replace")[-SAID_BYTES:].replace("\r", "\n")
    lines = [line.strip() for line in shown.split("\n")]
    return "\n".join(line for line in lines if line and not PROGRESS.match(line))


def loud(*arguments, env=None, code="failed"):
    """A long one: its progress goes on to our standard error, where the server reads it."""
    process = subprocess.Popen(
        ["git", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env or environment(), cwd="/tmp"
    )
    said = b""
    while chunk := os.read(process.stderr.fileno(), 4096):
        os.write(2, chunk)
        said = (said + chunk)[-8192:]
    printed = process.stdout.read(1 << 20)
    if process.wait() != 0:
        raise Failed(code, plain(said) + ("\n" + printed.decode("utf-8", "replace")[-SAID_BYTES:] if printed else ""))
    return printed.decode("utf-8", "replace")


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
