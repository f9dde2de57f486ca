import os
from attack import must_fail
must_fail("the file", lambda: open("@FILE@", "w").write("changed"))
must_fail("the folder", lambda: open("@FOLDER@/drop/x", "w").write("x"))
must_fail("a link", lambda: os.symlink("/etc/shadow", "@FOLDER@/drop/y"))
