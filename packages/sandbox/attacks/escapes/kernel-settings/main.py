import os
from attack import escaped
for folder, _, files in os.walk("/proc/sys"):
    for name in files:
        path = os.path.join(folder, name)
        try:
            old = open(path, "rb").read()
            file = os.open(path, os.O_WRONLY)
            os.write(file, old)
        except OSError: continue
        escaped("%s can be written" % path)
for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/fs/binfmt_misc/register", "/proc/irq/default_smp_affinity", "/proc/mtrr", "/proc/scsi/scsi", "/proc/acpi", "/sys/kernel/uevent_helper", "/sys/power/state"):
    try: os.open(path, os.O_WRONLY); escaped(path)
    except OSError: pass
