"""Trees and files. A path of a tree may be anything; what a project holds is stricter (packages/protocol/src/files.ts has the rule)."""

import os
import re
import subprocess
import unicodedata

from program import OUT, REQUEST, Failed, environment, git, plain, text, write


INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\\\\]")


def why_not_path(path):
    if len(path.encode("utf-16-le")) // 2 > 255 or len(path.split("/")) > 20:
        return "its path is too long or too deep"
    if INVISIBLE.search(path) or path != unicodedata.normalize("NFC", path) or path.startswith("/"):
        return "its name has characters that a project cannot have"
    for name in path.split("/"):
        if name in ("", ".", "..") or name.startswith(("-", " ")) or name.endswith((" ", ".")) or len(name.encode()) > 255:
            return "its name is none that a project can have"
    return None


IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def hides_git(path):
    """A name that some file system takes for `.git`."""
    for name in path.split("/"):
        bare = IGNORED_BY_HFS.sub("", name).split(":")[0].rstrip(" .").lower()
        if bare in (".git", "git~1"):
            return True
    return False


def list_tree(commit):
    """Its lines, and no more than a repository has any use for: ten small trees can stand for a billion paths."""
    process = subprocess.Popen(
        ["git", "ls-tree", "-r", "-l", "-z", "--full-tree", commit],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd="/tmp",
    )
    lines, rest = [], b""
    while chunk := process.stdout.read(1 << 16):
        *whole, rest = (rest + chunk).split(b"\0")
        lines += whole
        if len(lines) > 5 * REQUEST["filesMost"] or len(rest) > 1 << 16:
            process.kill()
            raise Failed("too-many-files")
    if process.wait() != 0:
        raise Failed("no-commit", plain(process.stderr.read()))
    return lines


def read_tree(commit):
    """(path, mode, object, size) of each entry that a project can hold, and the others with the reason."""
    entries, left_out = [], []
    if commit is None:
        return entries, left_out
    for line in list_tree(commit):
        facts, _, raw = line.partition(b"\t")
        mode, _, name, size = facts.split()
        try:
            path = raw.decode()
        except UnicodeDecodeError:
            left_out.append((raw.decode("utf-8", "replace"), "its name is not UTF-8"))
            continue
        if hides_git(path):
            raise Failed("hostile-path", path)
        why = {b"120000": "it is a symbolic link", b"160000": "it is a submodule"}.get(mode) or why_not_path(path)
        if why is None and int(size) > REQUEST["fileBytes"]:
            why = "it is larger than a file of a project may be"
        if why is None:
            entries.append((path, mode.decode(), name.decode(), int(size)))
        else:
            left_out.append((path, why))
    return entries, left_out


def put_out_files(entries):
    """Writes their contents one after another, and tells which is where."""
    if sum(size for _, _, _, size in entries) > REQUEST["filesBytes"]:
        raise Failed("files-too-large")
    if len(entries) > REQUEST["filesMost"]:
        raise Failed("too-many-files")
    write("/tmp/wanted", "".join(name + "\n" for _, _, name, _ in entries))
    written = []
    with open("/tmp/wanted", "rb") as wanted, open(OUT + "/files", "wb") as file:
        process = subprocess.Popen(["git", "cat-file", "--batch"], stdin=wanted, stdout=subprocess.PIPE, env=environment(), cwd="/tmp")
        for path, _, name, size in entries:
            header = process.stdout.readline().split()
            if len(header) != 3 or header[1] != b"blob" or int(header[2]) != size:
                raise Failed("damaged")
            rest = size
            while rest > 0:
                chunk = process.stdout.read(min(rest, 1 << 20))
                if not chunk:
                    raise Failed("damaged")
                file.write(chunk)
                rest -= len(chunk)
            process.stdout.read(1)
            written.append([path, size])
        process.wait()
    return written


def head_commit():
    return REQUEST["refs"].get("refs/heads/" + REQUEST["head"])


def hash_files(paths, *more):
    """The names that git would give to these contents."""
    if not paths:
        return []
    number = {path: n for n, path in enumerate(REQUEST["files"])}
    given = "".join("/tmp/in/%d\n" % number[path] for path in paths)
    return text("hash-object", *more, "--no-filters", "--stdin-paths", given=given.encode()).split("\n")


def working_changes():
    """What is different between the last commit and the files: [(path, letter, mode, object)], and what git would not take."""
    entries, _ = read_tree(head_commit())
    before = {path: (mode, name) for path, mode, name, _ in entries}
    left_out = [path for path in REQUEST["files"] if hides_git(path)]
    files = [path for path in REQUEST["files"] if not hides_git(path)]
    now = dict(zip(files, hash_files(files)))
    ignored = find_ignored([path for path in files if path not in before])
    changes = [(path, "A", "100644", name) for path, name in now.items() if path not in before and path not in ignored]
    changes += [(path, "M", before[path][0], name) for path, name in now.items() if path in before and before[path][1] != name]
    changes += [(path, "D", "0", "0" * 40) for path in before if path not in now]
    hash_files([path for path, letter, _, _ in changes if letter != "D"], "-w")
    return sorted(changes), left_out


def find_ignored(untracked):
    """By the project's own .gitignore files, which alone are laid out for it."""
    work = "/tmp/work"
    os.makedirs(work)
    found = False
    for number, path in enumerate(REQUEST["files"]):
        if path.split("/")[-1] == ".gitignore" and not hides_git(path):
            found = True
            os.makedirs(os.path.dirname(os.path.join(work, path)), exist_ok=True)
            os.link("/tmp/in/%d" % number, os.path.join(work, path))
    if not found:
        return set()
    env = {**environment({"core.bare": "false"}), "GIT_INDEX_FILE": "/tmp/no-index"}
    # It takes no literal paths; begun like this, none means anything else.
    del env["GIT_LITERAL_PATHSPECS"]
    done = subprocess.run(
        ["git", "--work-tree=" + work, "check-ignore", "--no-index", "-z", "--stdin"],
        input="".join("./%s\0" % path for path in untracked).encode(), capture_output=True, cwd=work, env=env,
    )
    if done.returncode > 1:
        raise Failed("failed", plain(done.stderr))
    return {path.decode()[2:] for path in done.stdout.split(b"\0") if path}


def write_tree(changes):
    commit = head_commit()
    if commit is not None:
        git("read-tree", commit)
    lines = b"".join(b"%s %s\t%s\0" % (mode.encode(), name.encode(), path.encode()) for path, _, mode, name in changes)
    # What stood in the way of a name, a link where a folder is now, goes with `--replace`.
    git("update-index", "--replace", "-z", "--index-info", given=lines, code="bad-path")
    return text("write-tree")


def empty_tree():
    return text("hash-object", "-w", "-t", "tree", "/dev/null")


def describe_changes(before, after):
    """Of two trees: path, letter, lines added and removed; and whether those are all."""
    arguments = ["-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all"]
    before = before or empty_tree()
    parts = git("diff-tree", *arguments, "--name-status", before, after, code="no-commit").split(b"\0")
    letters = {path: letter.decode() for letter, path in zip(parts[::2], parts[1::2])}
    listed = []
    for line in git("diff-tree", *arguments, "--numstat", before, after).split(b"\0"):
        if not line or len(listed) >= REQUEST["changesMost"]:
            continue
        added, removed, path = line.split(b"\t", 2)
        counts = [None if count == b"-" else int(count) for count in (added, removed)]
        letter = letters.get(path, "M")
        listed.append([path.decode("utf-8", "replace"), letter if letter in "AD" else "M", *counts])
    return listed, len(listed) >= len(letters)


LOG_FORMAT = "tformat:%H%x00%P%x00%an%x00%ae%x00%at%x00%B"


def read_log(*arguments):
    """A commit's own text has no NUL in it: each has exactly six fields."""
    printed = git("log", "-z", "--no-show-signature", "--no-mailmap", "--no-color", "--encoding=UTF-8", "--format=" + LOG_FORMAT, *arguments, code="no-commit")
    fields = printed.decode("utf-8", "replace").split("\0")
    commits = []
    for start in range(0, len(fields) - 5, 6):
        name, parents, author, email, at, message = fields[start : start + 6]
        seconds = min(int(at), 1 << 33) if at.isdigit() else 0
        message = message[: REQUEST["messageMost"]].strip()
        commits.append({"id": name, "parents": parents.split(), "name": author[:200], "email": email[:200], "at": seconds, "message": message})
    return commits
