"""One operation of git, in a box of its own. Run as `python3 -I /tmp/git/work.py`, with all that it needs:

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

# Isolated Python does not look beside the script.
sys.dont_write_bytecode = True
sys.path.insert(0, "/tmp/git")

from program import OUT, REQUEST, SAID_BYTES, Failed, environment, git, loud, plain, text, write  # noqa: E402
from repository import check_size, make_repository, packs, put_out_pack, read_refs, update_refs  # noqa: E402
from trees import (  # noqa: E402
    describe_changes,
    empty_tree,
    head_commit,
    put_out_files,
    read_log,
    read_tree,
    working_changes,
    write_tree,
)

LEFT_OUT_LISTED = 200
_line = sys.stdin.readline()
SECRET = json.loads(_line) if _line.strip() else None


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
    return change_to(REQUEST["commit"])


def change_to(commit):
    changes, _ = working_changes()
    if changes:
        raise Failed("uncommitted", "\n".join(path for path, *_ in changes[:5]))
    before, _ = read_tree(head_commit())
    after, left_out = read_tree(commit)
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


def pull():
    """Only forward: what both sides have committed since is for people to bring together."""
    url, known = REQUEST["url"], packs()
    env = with_secret(environment(remote_config(url, "initial")))
    fetched = "refs/remotes/there"
    loud("fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--", url,
         "+refs/heads/%s:%s" % (REQUEST["branch"], fetched), env=env, code="remote")
    commit, mine = text("rev-parse", "--verify", fetched + "^{commit}"), head_commit()
    if is_ancestor(commit, mine):
        return {"upToDate": True, "commit": mine}
    if not is_ancestor(mine, commit):
        raise Failed("diverged")
    refs = {**REQUEST["refs"], "refs/heads/" + REQUEST["head"]: commit}
    return {"upToDate": False, "commit": commit, **change_to(commit), **put_out_pack(known, refs, False)}


def is_ancestor(older, newer):
    if older is None or newer is None:
        return older is None
    return subprocess.run(["git", "merge-base", "--is-ancestor", older, newer], env=environment(), cwd="/tmp", check=False).returncode == 0


def bundle():
    names = sorted(REQUEST["refs"])
    git("bundle", "create", "-q", "--version=2", OUT + "/bundle", "HEAD", *names, code="no-commit")
    check_size(OUT + "/bundle")
    return {}


WORK = {
    "import-url": import_url, "import-bundle": import_bundle, "status": status, "commit": commit, "log": log, "show": show,
    "content": content, "patch": patch, "switch": switch, "is-commit": is_commit, "push": push, "pull": pull, "bundle": bundle,
}

try:
    make_repository(REQUEST["refs"], REQUEST["head"])
    result = WORK[REQUEST["work"]]()
except Failed as failed:
    result = {"error": failed.code, "said": failed.said[:SAID_BYTES]}
write(OUT + "/result.json", json.dumps(result))
