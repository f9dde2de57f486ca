"""The repository: put together from packs and refs, and taken apart again."""

import os
import re

from program import HOME, OUT, REQUEST, Failed, git, text, write

PACKS = HOME + "/objects/pack"


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
