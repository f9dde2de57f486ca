"""One operation of git, in a box of its own. Run as `python3 -I /tmp/work.py`, with all that it needs:

    /tmp/request.json         what to do, and the refs of the repository
    /project/repository/…     its packs, each with its index
    /tmp/in/0, /tmp/in/1, …   the project's files, in the order of the request
    /tmp/upload               a bundle that somebody sent

A secret comes as one line of JSON on the standard input. What is to come out stands in /project afterwards: result.json, and
`files` (contents one after another), `pack` and `index` (the new objects) or `bundle`. The server believes none of it unseen.

Nothing is checked out and nothing is added in git's usual way: trees are read and written by git's own plumbing, so that no
filter, hook, attribute, link or submodule of a repository is ever looked at.
"""

import json
import os
import re
import subprocess
import sys
import unicodedata

OUT = "/project"
HOME = OUT + "/git"
PACKS = HOME + "/objects/pack"
LEFT_OUT_LISTED = 200
SAID_BYTES = 2000

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


# The repository: put together from packs and refs, and taken apart again.


def make_repository(refs, head):
    for folder in ("objects/pack", "objects/info", "refs/heads", "refs/tags"):
        os.makedirs(HOME + "/" + folder, exist_ok=True)
    write(HOME + "/HEAD", "ref: refs/heads/%s\n" % head)
    write(HOME + "/config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
    if os.path.isdir(OUT + "/repository"):
        for name in os.listdir(OUT + "/repository"):
            os.rename(OUT + "/repository/" + name, PACKS + "/" + name)
    if refs:
        update_refs(refs)


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


def update_refs(refs):
    lines = "".join("create %s %s\n" % (name, commit) for name, commit in sorted(refs.items()))
    git("update-ref", "--stdin", given=lines.encode(), code="bad-refs")


def read_refs(most):
    listed = text("for-each-ref", "--format=%(objectname) %(refname) %(objecttype)", "refs/heads", "refs/tags").splitlines()
    if len(listed) > most:
        raise Failed("too-many-refs")
    refs = {}
    for line in listed:
        commit, name, kind = line.split(" ")
        if kind == "commit" or name.startswith("refs/tags/"):
            refs[name] = commit
    return refs


def packs():
    return sorted(name for name in os.listdir(PACKS) if name.endswith(".pack"))


def put_out_pack(known, refs, compact):
    """The objects that came into being, as one pack; with `compact`, all that the refs reach, and the packs before are of no use."""
    loose = any(re.fullmatch("[0-9a-f]{2}", name) for name in os.listdir(HOME + "/objects"))
    new = [name for name in packs() if name not in known]
    if not loose and not new:
        return {}
    if not loose and len(new) == 1 and not compact:
        check_size(PACKS + "/" + new[0])
        os.rename(PACKS + "/" + new[0], OUT + "/pack")
        os.rename(PACKS + "/" + new[0][:-5] + ".idx", OUT + "/index")
        return {"pack": True, "replaces": False}
    replaces = compact or len(new) > 0
    wanted = "".join("%s\n" % commit for commit in sorted(set(refs.values())))
    git("pack-objects", "-q", "--revs", "--delta-base-offset", *([] if replaces else ["--unpacked"]), OUT + "/made", given=wanted.encode())
    made = [name[:-5] for name in os.listdir(OUT) if name.startswith("made-") and name.endswith(".pack")]
    if len(made) != 1:
        return {}
    check_size(OUT + "/" + made[0] + ".pack")
    os.rename(OUT + "/" + made[0] + ".pack", OUT + "/pack")
    os.rename(OUT + "/" + made[0] + ".idx", OUT + "/index")
    return {"pack": True, "replaces": replaces}


def check_size(path):
    if os.path.getsize(path) > REQUEST["repositoryMost"]:
        raise Failed("repository-too-large")


# Trees. A path of a tree may be anything; what a project holds is stricter (packages/protocol/src/files.ts has the rule).


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


def read_tree(commit):
    """(path, mode, object, size) of each entry that a project can hold, and the others with the reason."""
    entries, left_out = [], []
    if commit is None:
        return entries, left_out
    for line in git("ls-tree", "-r", "-l", "-z", "--full-tree", commit, code="no-commit").split(b"\0"):
        if not line:
            continue
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


# What can be asked for.


def import_refs(refs):
    wanted = {name: commit for name, commit in refs.items() if re.match("refs/(heads|tags)/.", name)}
    if not any(name.startswith("refs/heads/") for name in wanted):
        raise Failed("empty-repository")
    return wanted


def choose_branch(refs, asked, named):
    branches = {name[len("refs/heads/") :]: commit for name, commit in refs.items() if name.startswith("refs/heads/")}
    if asked is not None and asked not in branches:
        raise Failed("no-branch")
    for candidate in (asked, named, "main", "master", *sorted(branches)):
        if candidate in branches:
            return candidate
    raise Failed("empty-repository")


def finish_import(named):
    refs = import_refs(read_refs(REQUEST["refsMost"]))
    head = choose_branch(refs, REQUEST.get("branch"), named)
    entries, left_out = read_tree(refs["refs/heads/" + head])
    listed = put_out_files(entries)
    return {"refs": refs, "head": head, "files": listed, "leftOut": left_out[:LEFT_OUT_LISTED], **put_out_pack([], refs, False)}


def import_url():
    url = REQUEST["url"]
    # A redirect may lead to another host; the proxy asks for each whether it may be reached. With a secret none is followed.
    env = with_secret(environment(remote_config(url, "initial")))
    named = loud("ls-remote", "--symref", "--", url, "HEAD", env=env, code="remote")
    named = re.search(r"^ref: refs/heads/(\S+)\tHEAD$", named, re.M)
    loud("fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--", url,
         "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", env=env, code="remote")
    return finish_import(named.group(1) if named else None)


def import_bundle():
    git("bundle", "verify", "-q", "/tmp/upload", code="bad-bundle")
    heads = [line.split(" ", 1) for line in text("bundle", "unbundle", "/tmp/upload", code="bad-bundle").splitlines()]
    refs, named, at_head = {}, None, None
    for commit, name in heads:
        if name == "HEAD":
            at_head = commit
        elif re.match("refs/(heads|tags)/.", name):
            refs[name] = commit
    if len(refs) > REQUEST["refsMost"]:
        raise Failed("too-many-refs")
    if not refs and at_head is not None:
        refs["refs/heads/main"] = at_head
    same = [name[len("refs/heads/") :] for name, commit in refs.items() if commit == at_head and name.startswith("refs/heads/")]
    named = next((name for name in ("main", "master", *sorted(same)) if name in same), None)
    update_refs(import_refs(refs))
    # What the bundle promised is looked at: a commit whose parents are missing is none.
    git("rev-list", "--objects", "--all", "--quiet", code="bad-bundle")
    return finish_import(named)


def remote_config(url, redirects):
    """The secret is for this host alone, and only git's own helper sees it."""
    config = {"http.followRedirects": redirects}
    if os.path.exists("/tmp/authorities.pem"):
        config["http.sslCAInfo"] = "/tmp/authorities.pem"
    if SECRET:
        origin = re.match(r"https://[^/]+", url).group(0)
        config["http.followRedirects"] = "false"
        config["credential.%s.helper" % origin] = '!printf "username=%s\\npassword=%s\\n" "$ATELIER_USERNAME" "$ATELIER_TOKEN"; :'
    return config


def with_secret(env):
    return {**env, "ATELIER_USERNAME": SECRET["username"], "ATELIER_TOKEN": SECRET["token"]} if SECRET else env


def status():
    changes, left_out = working_changes()
    if not changes:
        return {"changes": [], "areAll": True, "leftOut": left_out[:LEFT_OUT_LISTED]}
    commit = head_commit()
    tree = write_tree(changes)
    listed, are_all = describe_changes(None if commit is None else commit + "^{tree}", tree)
    return {"changes": listed, "areAll": are_all, "leftOut": left_out[:LEFT_OUT_LISTED]}


def commit():
    changes, _ = working_changes()
    if REQUEST["paths"] is not None:
        wanted = set(REQUEST["paths"])
        changes = [change for change in changes if change[0] in wanted]
    if not changes:
        raise Failed("nothing-to-commit")
    before = head_commit()
    tree = write_tree(changes)
    known = packs()
    author = REQUEST["author"]
    env = environment()
    for role in ("AUTHOR", "COMMITTER"):
        env["GIT_%s_NAME" % role], env["GIT_%s_EMAIL" % role] = author["name"], author["email"]
        env["GIT_%s_DATE" % role] = "@%d +0000" % REQUEST["at"]
    parents = [] if before is None else ["-p", before]
    name = text("commit-tree", *parents, tree, given=REQUEST["message"].encode(), env=env)
    ref = "refs/heads/" + REQUEST["head"]
    git("update-ref", ref, name)
    refs = {**REQUEST["refs"], ref: name}
    return {"commit": read_log("-1", name)[0], "refs": refs, **put_out_pack(known, refs, len(known) >= REQUEST["packsMost"])}


def log():
    if REQUEST["from"] is None:
        return {"commits": []}
    path = [] if REQUEST["path"] is None else ["--", REQUEST["path"]]
    return {"commits": read_log("--max-count=%d" % REQUEST["limit"], "--skip=%d" % REQUEST["skip"], REQUEST["from"], *path)}


def show():
    found = read_log("-1", REQUEST["commit"])
    if not found:
        raise Failed("no-commit")
    parents = found[0]["parents"]
    listed, are_all = describe_changes(parents[0] + "^{tree}" if parents else None, REQUEST["commit"] + "^{tree}")
    return {"commit": found[0], "changes": listed, "areAll": are_all}


def content():
    commit = REQUEST["commit"] or head_commit()
    if commit is None:
        raise Failed("no-file")
    found = git("ls-tree", "-l", "-z", "--full-tree", commit, "--", REQUEST["path"], code="no-commit").split(b"\0")[0]
    facts = found.partition(b"\t")[0].split()
    if len(facts) != 4 or facts[1] != b"blob":
        raise Failed("no-file")
    if int(facts[3]) > REQUEST["contentMost"]:
        raise Failed("content-too-large")
    return {"files": put_out_files([(REQUEST["path"], "100644", facts[2].decode(), int(facts[3]))])}


def patch():
    after = REQUEST["to"]
    if after is None:
        after = write_tree(working_changes()[0])
    before = REQUEST["from"] or head_commit()
    if before is None:
        before = empty_tree()
    path = [] if REQUEST["path"] is None else ["--", REQUEST["path"]]
    process = subprocess.Popen(
        ["git", "diff-tree", "-r", "-p", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--no-commit-id", "--ignore-submodules=all", before, after, *path],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd="/tmp",
    )
    shown = process.stdout.read(REQUEST["patchMost"] + 1)
    if len(shown) > REQUEST["patchMost"]:
        process.kill()
        raise Failed("patch-too-large")
    if process.wait() != 0:
        raise Failed("no-commit", plain(process.stderr.read()))
    with open(OUT + "/files", "wb") as file:
        file.write(shown)
    return {"files": [["patch", len(shown)]]}


def switch():
    """What changes in the files when the branch does. Nothing may be uncommitted."""
    changes, _ = working_changes()
    if changes:
        raise Failed("uncommitted", "\n".join(path for path, *_ in changes[:5]))
    before, _ = read_tree(head_commit())
    after, left_out = read_tree(REQUEST["commit"])
    known = {path: name for path, _, name, _ in before}
    listed = put_out_files([entry for entry in after if known.get(entry[0]) != entry[2]])
    there = {path for path, *_ in after}
    return {"files": listed, "deleted": sorted(path for path in known if path not in there), "leftOut": left_out[:LEFT_OUT_LISTED]}


def is_commit():
    if text("cat-file", "-t", REQUEST["commit"], code="no-commit") != "commit":
        raise Failed("no-commit")
    return {}


def push():
    url = REQUEST["url"]
    commit = head_commit()
    target = "refs/heads/" + REQUEST["branch"]
    env = with_secret(environment(remote_config(url, "false")))
    try:
        shown = loud("push", "--porcelain", "--progress", "--no-verify", "--no-follow-tags", "--", url, "%s:%s" % (commit, target), env=env, code="remote")
    except Failed as failed:
        if re.search(r"^!\t.*\[rejected\]|\[remote rejected\]", failed.said, re.M):
            raise Failed("rejected", failed.said) from None
        raise
    return {"upToDate": re.search(r"^=\t", shown, re.M) is not None}


def bundle():
    names = sorted(REQUEST["refs"])
    git("bundle", "create", "-q", "--version=2", OUT + "/bundle", "HEAD", *names, code="no-commit")
    check_size(OUT + "/bundle")
    return {}


WORK = {
    "import-url": import_url, "import-bundle": import_bundle, "status": status, "commit": commit, "log": log, "show": show,
    "content": content, "patch": patch, "switch": switch, "is-commit": is_commit, "push": push, "bundle": bundle,
}

with open("/tmp/request.json", encoding="utf-8") as request:
    REQUEST = json.load(request)
_line = sys.stdin.readline()
SECRET = json.loads(_line) if _line.strip() else None

try:
    make_repository(REQUEST["refs"], REQUEST["head"])
    result = WORK[REQUEST["work"]]()
except Failed as failed:
    result = {"error": failed.code, "said": failed.said[:SAID_BYTES]}
write(OUT + "/result.json", json.dumps(result))
