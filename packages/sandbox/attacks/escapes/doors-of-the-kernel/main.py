from attack import refused
for name, x64, arm64 in (("bpf", 321, 280), ("perf_event_open", 298, 241), ("userfaultfd", 323, 282), ("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426),
        ("io_uring_register", 427, 427), ("kexec_load", 246, 104), ("kexec_file_load", 320, 294), ("init_module", 175, 105), ("finit_module", 313, 273), ("delete_module", 176, 106),
        ("create_module", 174, -1), ("reboot", 169, 142), ("settimeofday", 164, 170), ("clock_settime", 227, 112), ("adjtimex", 159, 171), ("clock_adjtime", 305, 266),
        ("iopl", 172, -1), ("ioperm", 173, -1), ("sethostname", 170, 161), ("setdomainname", 171, 162), ("vhangup", 153, 58), ("nfsservctl", 180, 42), ("lookup_dcookie", 212, 18),
        ("fanotify_init", 300, 262), ("fanotify_mark", 301, 263), ("move_pages", 279, 239), ("migrate_pages", 256, 238), ("mbind", 237, 235), ("set_mempolicy", 238, 237),
        ("set_mempolicy_home_node", 450, 450), ("kcmp", 312, 272), ("pidfd_getfd", 438, 438), ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271), ("ptrace", 101, 117),
        ("process_madvise", 440, 440), ("modify_ldt", 154, -1), ("uselib", 134, -1), ("ustat", 136, -1), ("sysfs", 139, -1), ("_sysctl", 156, -1), ("remap_file_pages", 216, 234),
        ("open_by_handle_at", 304, 265), ("vmsplice", 278, 75), ("syslog", 103, 116), ("swapoff", 168, 225), ("lsm_set_self_attr", 460, 460), ("setns", 308, 268),
        ("memfd of hugepages by shmget", -1, -1), ("security", 185, -1), ("tuxcall", 184, -1), ("putpmsg", 182, -1), ("afs", 183, -1)):
    if x64 >= 0: refused(name, x64, arm64, 0, 0, 0, 0, 0)
for number in list(range(467, 600)) + [999, 0x3fffffff]: refused("call %d" % number, number, number, 0, 0, 0, allowed=("ENOSYS",))
