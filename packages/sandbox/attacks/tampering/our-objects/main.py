import gc, sys, types
from attack import escaped
ours = {"zygote", "box", "kernel", "program", "python_program", "python_end", "watch", "hiding"}
for one in gc.get_objects():
    try:
        if isinstance(one, types.ModuleType) and one.__name__ in ours and "/z/" in str(getattr(one, "__file__", "")): escaped("module " + one.__name__)
        if type(one).__name__ in ("Zygote", "Init", "Frame") and "/z/" in str(sys.modules.get(type(one).__module__)): escaped(type(one).__name__)
    except Exception: pass
for name in sys.modules:
    if name in ours: escaped("sys.modules has " + name)
frame = sys._getframe()
while frame is not None:
    if "/z/" in frame.f_code.co_filename: escaped("a frame of " + frame.f_code.co_filename)
    frame = frame.f_back
for folder in sys.path:
    if "/z" in folder: escaped("the path " + folder)
