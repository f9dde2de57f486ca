/**
 * The system calls a program in a container may make, as data: `name: [number on x86_64, number on aarch64]`, -1 where an
 * architecture has no such call. Everything not named here is refused with EPERM; calls newer than this table with ENOSYS,
 * so that libraries fall back. Numbers are the kernel's stable ABI (asm/unistd_64.h, asm-generic/unistd.h).
 *
 * Left out on purpose: namespaces and mounts, ptrace and process_vm_*, keyrings, bpf, perf, io_uring, userfaultfd,
 * asynchronous I/O (io_setup: its contexts are counted for the whole machine), pidfd_getfd and pidfd_send_signal (the latter
 * would let a program flood the box's init with signals), modules, clocks, quota, swap and everything that needs a
 * capability nobody in a box has.
 */
// biome-ignore format: a table
export const allowedCalls = {
  files: {
    read: [0, 63], write: [1, 64], readv: [19, 65], writev: [20, 66], pread64: [17, 67], pwrite64: [18, 68], preadv: [295, 69],
    pwritev: [296, 70], preadv2: [327, 286], pwritev2: [328, 287], open: [2, -1], openat: [257, 56], openat2: [437, 437],
    creat: [85, -1], close: [3, 57], close_range: [436, 436], lseek: [8, 62], dup: [32, 23], dup2: [33, -1], dup3: [292, 24],
    fcntl: [72, 25], flock: [73, 32], fsync: [74, 82], fdatasync: [75, 83],
    sync_file_range: [277, 84], truncate: [76, 45], ftruncate: [77, 46], fallocate: [285, 47], fadvise64: [221, 223],
    readahead: [187, 213], sendfile: [40, 71], splice: [275, 76], tee: [276, 77], copy_file_range: [326, 285], stat: [4, -1],
    fstat: [5, 80], lstat: [6, -1], newfstatat: [262, 79], statx: [332, 291], statfs: [137, 43], fstatfs: [138, 44],
    access: [21, -1], faccessat: [269, 48], faccessat2: [439, 439], getdents: [78, -1], getdents64: [217, 61], getcwd: [79, 17],
    chdir: [80, 49], fchdir: [81, 50], rename: [82, -1], renameat: [264, 38], renameat2: [316, 276], mkdir: [83, -1],
    mkdirat: [258, 34], rmdir: [84, -1], link: [86, -1], linkat: [265, 37], unlink: [87, -1], unlinkat: [263, 35],
    symlink: [88, -1], symlinkat: [266, 36], readlink: [89, -1], readlinkat: [267, 78], chmod: [90, -1], fchmod: [91, 52],
    fchmodat: [268, 53], fchmodat2: [452, 452], chown: [92, -1], fchown: [93, 55], lchown: [94, -1], fchownat: [260, 54],
    umask: [95, 166], mknod: [133, -1], mknodat: [259, 33], utime: [132, -1], utimes: [235, -1], utimensat: [280, 88],
    futimesat: [261, -1], setxattr: [188, 5], lsetxattr: [189, 6], fsetxattr: [190, 7], getxattr: [191, 8], lgetxattr: [192, 9],
    fgetxattr: [193, 10], listxattr: [194, 11], llistxattr: [195, 12], flistxattr: [196, 13], removexattr: [197, 14],
    lremovexattr: [198, 15], fremovexattr: [199, 16], ioctl: [16, 29], pipe: [22, -1], pipe2: [293, 59],
    memfd_create: [319, 279], memfd_secret: [447, 447], inotify_init: [253, -1], inotify_init1: [294, 26],
    inotify_add_watch: [254, 27], inotify_rm_watch: [255, 28], name_to_handle_at: [303, 264], cachestat: [451, 451],
  },
  memory: {
    brk: [12, 214], mmap: [9, 222], munmap: [11, 215], mremap: [25, 216], mprotect: [10, 226], msync: [26, 227],
    madvise: [28, 233], mincore: [27, 232], mlock: [149, 228], mlock2: [325, 284], mlockall: [151, 230], munlock: [150, 229],
    munlockall: [152, 231], membarrier: [324, 283], pkey_alloc: [330, 289], pkey_free: [331, 290], pkey_mprotect: [329, 288],
    map_shadow_stack: [453, 453], get_mempolicy: [239, 236], mseal: [462, 462],
  },
  processes: {
    fork: [57, -1], vfork: [58, -1], execve: [59, 221], execveat: [322, 281], exit: [60, 93], exit_group: [231, 94],
    wait4: [61, 260], waitid: [247, 95], getpid: [39, 172], getppid: [110, 173], gettid: [186, 178], getpgid: [121, 155],
    getpgrp: [111, -1], setpgid: [109, 154], getsid: [124, 156], setsid: [112, 157], kill: [62, 129], tkill: [200, 130],
    tgkill: [234, 131], rt_sigqueueinfo: [129, 138], rt_tgsigqueueinfo: [297, 240], pidfd_open: [434, 434],
    arch_prctl: [158, -1], prctl: [157, 167], set_tid_address: [218, 96], set_robust_list: [273, 99],
    get_robust_list: [274, 100], rseq: [334, 293], futex: [202, 98], futex_waitv: [449, 449], futex_wake: [454, 454],
    futex_wait: [455, 455], futex_requeue: [456, 456], getrusage: [98, 165], times: [100, 153], getpriority: [140, 141],
    getrlimit: [97, 163], setrlimit: [160, 164], sched_yield: [24, 124], sched_getaffinity: [204, 123],
    sched_getparam: [143, 121], sched_getscheduler: [145, 120],
    sched_getattr: [315, 275], sched_get_priority_max: [146, 125],
    sched_get_priority_min: [147, 126], sched_rr_get_interval: [148, 127], ioprio_get: [252, 31],
    seccomp: [317, 277], landlock_create_ruleset: [444, 444], landlock_add_rule: [445, 445], landlock_restrict_self: [446, 446],
    restart_syscall: [219, 128],
  },
  identity: {
    getuid: [102, 174], geteuid: [107, 175], getgid: [104, 176], getegid: [108, 177], getresuid: [118, 148],
    getresgid: [120, 150], getgroups: [115, 158], setuid: [105, 146], setgid: [106, 144], setreuid: [113, 145],
    setregid: [114, 143], setresuid: [117, 147], setresgid: [119, 149], setfsuid: [122, 151], setfsgid: [123, 152],
    setgroups: [116, 159], capget: [125, 90], capset: [126, 91],
  },
  signals: {
    rt_sigaction: [13, 134], rt_sigprocmask: [14, 135], rt_sigpending: [127, 136], rt_sigsuspend: [130, 133],
    rt_sigtimedwait: [128, 137], rt_sigreturn: [15, 139], sigaltstack: [131, 132], signalfd: [282, -1], signalfd4: [289, 74],
    pause: [34, -1], alarm: [37, -1],
  },
  time: {
    nanosleep: [35, 101], clock_gettime: [228, 113], clock_getres: [229, 114], clock_nanosleep: [230, 115],
    gettimeofday: [96, 169], time: [201, -1], getitimer: [36, 102], setitimer: [38, 103], timer_create: [222, 107],
    timer_settime: [223, 110], timer_gettime: [224, 108], timer_getoverrun: [225, 109], timer_delete: [226, 111],
    timerfd_create: [283, 85], timerfd_settime: [286, 86], timerfd_gettime: [287, 87],
  },
  waiting: {
    poll: [7, -1], ppoll: [271, 73], select: [23, -1], pselect6: [270, 72], epoll_create: [213, -1], epoll_create1: [291, 20],
    epoll_ctl: [233, 21], epoll_wait: [232, -1], epoll_pwait: [281, 22], epoll_pwait2: [441, 441], eventfd: [284, -1],
    eventfd2: [290, 19],
  },
  sockets: {
    connect: [42, 203], bind: [49, 200], listen: [50, 201], accept: [43, 202], accept4: [288, 242], getsockname: [51, 204],
    getpeername: [52, 205], getsockopt: [55, 209], sendto: [44, 206], recvfrom: [45, 207],
    sendmsg: [46, 211], recvmsg: [47, 212], sendmmsg: [307, 269], recvmmsg: [299, 243], shutdown: [48, 210],
  },
  ipc: {
    shmget: [29, 194], shmat: [30, 196], shmdt: [67, 197], shmctl: [31, 195], semget: [64, 190], semop: [65, 193],
    semtimedop: [220, 192], semctl: [66, 191], msgget: [68, 186], msgsnd: [69, 189], msgrcv: [70, 188], msgctl: [71, 187],
    mq_open: [240, 180], mq_unlink: [241, 181], mq_timedsend: [242, 182], mq_timedreceive: [243, 183], mq_notify: [244, 184],
    mq_getsetattr: [245, 185],
  },
  machine: {
    uname: [63, 160], sysinfo: [99, 179], getrandom: [318, 278], getcpu: [309, 168],
  },
  conditional: {
    clone: [56, 220], clone3: [435, 435], socket: [41, 198], socketpair: [53, 199], personality: [135, 92],
    prlimit64: [302, 261], setpriority: [141, 140], ioprio_set: [251, 30], sched_setscheduler: [144, 119],
    sched_setparam: [142, 118], sched_setattr: [314, 274], sched_setaffinity: [203, 122], setsockopt: [54, 208], sync: [162, 81],
    syncfs: [306, 267],
  },
} as const satisfies Record<string, Record<string, readonly [number, number]>>

/** Calls numbered above this were added after the table was written: they answer ENOSYS. */
export const newestKnownCall = 466
