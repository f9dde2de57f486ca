from attack import escaped
import os
for name in ("mountinfo", "mounts", "cgroup", "mountstats"):
    try: text = open("/proc/self/" + name).read()
    except OSError: continue
    for word in ("@FOLDER@", "atelier-@SERVER@", "/docker/", "/kubepods", "canary"):
        if word in text: escaped("%s names %s" % (name, word))
if open("/proc/self/cgroup").read().replace("\n", "").count(":/") and any(line.rstrip().split(":", 2)[2] != "/" for line in open("/proc/self/cgroup")): escaped("the place of its control group: " + open("/proc/self/cgroup").read())
