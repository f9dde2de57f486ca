/** What only the container driver can show: the walls around a program, seen from inside and from the host. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { contractLimits, type Output, type ProgramText, runProgram } from '../contract/run-program.ts'
import { examineDriver } from '../posture/examine.ts'
import type { Running, SandboxDriver, SandboxSpec, Warmth } from '../sandbox.ts'
import { createContainerDriver } from './container.ts'
import { findProcesses, readProcess } from './host-processes.ts'

const asRoot = process.geteuid?.() === 0

describe('the walls of a container', { timeout: 300_000 }, () => {
  let driver: SandboxDriver
  const spec = (warmth: Warmth): SandboxSpec => ({ root: { kind: 'host' }, warmth })
  const run = (warmth: Warmth, text: ProgramText, meanwhile?: (running: Running, output: Output) => void | Promise<void>) =>
    runProgram(driver, spec(warmth), text, meanwhile)
  const python = (script: string) => run('python', { argv: ['main.py'], files: { 'main.py': script } })

  before(() => {
    driver = createContainerDriver({ log: silentLog, nodeBinary: process.execPath, slots: 16, limits: contractLimits })
  })
  after(() => driver.close())

  it('are usable here, and examined from inside', async () => {
    for (const warmth of ['exec', 'python'] as const) {
      const probe = await examineDriver(driver, { roots: [{ kind: 'host' }], limits: contractLimits, warmth })
      assert.equal(probe.usable, true, JSON.stringify(probe))
    }
  })

  it('never hold a process that is root outside', async () => {
    const marker = `10.${BigInt(`0x${randomBytes(6).toString('hex')}`)}`
    const seen: number[][] = []
    await run('exec', { argv: ['sh', '-c', `echo ready; exec sleep ${marker}`] }, async (running, output) => {
      await output.until('ready')
      let found = findProcesses(`sleep ${marker}`)
      while (found.length === 0) found = findProcesses(`sleep ${marker}`)
      for (const program of found) {
        seen.push([...program.users])
        const init = readProcess(program.parent)
        if (init !== null) seen.push([...init.users])
        const zygote = init === null ? null : readProcess(init.parent)
        if (zygote !== null) seen.push([...zygote.users])
      }
      running.kill()
    })
    assert.ok(seen.length >= 3, JSON.stringify(seen))
    for (const users of seen) assert.ok(users.length === 4 && users.every((user) => user !== 0), JSON.stringify(seen))
    if (asRoot) assert.notEqual(seen[0]?.[0], seen[2]?.[0], 'the program has another user than the zygote')
  })

  it('refuse to be built as root without users of their own', { skip: !asRoot }, async () => {
    const unsafe = createContainerDriver({
      log: silentLog,
      nodeBinary: process.execPath,
      slots: 1,
      limits: contractLimits,
      asRoot: false,
    })
    await assert.rejects(unsafe.open(spec('exec')), (error: Error) => /root/.test(String(error.cause)))
    await unsafe.close()
  })

  it('give two boxes nothing in common but what is read-only', async () => {
    const script =
      'ls -l /proc/self/ns | sed -n "s/.*-> //p"; stat -c %d /project /tmp /dev/shm /dev/pts /proc; echo ready; read x'
    const looks: string[][] = []
    const look = (running: Running, output: Output) =>
      output.until('ready').then(() => {
        looks.push(output.text('stdout').trim().split('\n').slice(0, -1))
        if (looks.length === 2) for (const one of both) one.endInput()
        return void running
      })
    const both: Running[] = []
    const one = (warmth: Warmth) =>
      run(warmth, { argv: ['sh', '-c', script] }, (running, output) => {
        both.push(running)
        return look(running, output)
      })
    await Promise.all([one('exec'), one('exec')])
    const [first = [], second = []] = looks
    const shared = first.filter((line) => second.includes(line))
    assert.deepEqual(
      shared.filter((line) => !line.startsWith('time:')),
      [],
    )
    const host = ['pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup', 'user'].map((name) => readlinkSync(`/proc/self/ns/${name}`))
    assert.deepEqual(
      host.filter((line) => first.includes(line)),
      [],
    )
    const kinds = first.flatMap((line) => /^(pid|mnt|net|ipc|uts|cgroup|user):/.exec(line)?.[1] ?? [])
    assert.equal(new Set(kinds).size, 7)
  })

  it('leave nothing writable outside the box’s own disk', async () => {
    const ran = await python(`
import os
for line in open("/proc/self/mounts"):
    _, place, kind, options = line.split()[:4]
    if options.split(",")[0] == "rw": print(place, kind)
for place in ("/", "/etc", "/usr/bin", "/dev", "/run", "/var", "/z", "/atelier", "/proc/sys/kernel", "/proc/1"):
    try: open(place + "/x", "w"); print("wrote", place)
    except OSError: pass
for file in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname", "/proc/1/mem", "/dev/mem", "/dev/kmsg", "/etc/passwd"):
    try: open(file, "r+"); print("opened", file)
    except OSError: pass
`)
    const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name} devtmpfs`)
    const ours = ['/dev/pts devpts', '/proc proc', '/project tmpfs', '/tmp tmpfs', '/dev/shm tmpfs']
    const lines = new Set(ran.stdout.trim().split('\n'))
    for (const line of [...devices, ...ours]) lines.delete(line)
    assert.deepEqual([...lines], [], ran.stderr)
  })

  it('show neither the zygote nor its files', async () => {
    const ran = await python(
      'import os\nprint(os.listdir("/z"), [n for n in os.listdir("/proc") if n.isdigit()], os.path.exists("/z/inside"))',
    )
    assert.equal(ran.stdout, "[] ['1', '2'] False\n")
  })

  it('refuse the calls that could open them', async () => {
    const ran = await python(`
import ctypes, errno, os, platform, struct, fcntl, socket, resource
libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
def call(name, x86, arm64, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(arm64 if arm else x86, *arguments)
    print(name, errno.errorcode.get(ctypes.get_errno(), result))
call("unshare", 272, 97, 0x10000000)
call("setns", 308, 268, 0, 0)
call("mount", 165, 40, b"x", b"/tmp", b"tmpfs", 0, 0)
call("umount2", 166, 39, b"/tmp", 2)
call("pivot_root", 155, 41, b"/tmp", b"/tmp")
call("chroot", 161, 51, b"/tmp")
call("ptrace", 101, 117, 16, 1, 0, 0)
call("process_vm_readv", 310, 270, 1, 0, 0, 0, 0, 0)
call("keyctl", 250, 219, 0, 0)
call("add_key", 248, 217, b"user", b"x", b"x", 1, -1)
call("bpf", 321, 280, 0, 0, 0)
call("perf_event_open", 298, 241, 0, 0, 0, 0, 0)
call("io_uring_setup", 425, 425, 1, 0)
call("userfaultfd", 323, 282, 0)
call("open_by_handle_at", 304, 265, 0, 0, 0)
call("init_module", 175, 105, 0, 0, b"")
call("reboot", 169, 142, 0, 0, 0, 0)
call("pidfd_getfd", 438, 438, 0, 0, 0)
call("clone with a user namespace", 56, 220, 0x10000000 | 17, 0, 0, 0, 0)
call("clone3", 435, 435, 0, 0)
call("a call of the future", 999, 999)
call("kill init", 62, 129, 1, 17)
call("limits of init", 302, 261, 1, 7, 0, 0)
for family in (16, 17, 38, 40, 44):
    try: socket.socket(family, socket.SOCK_RAW if family != 38 else 5); print("family", family)
    except OSError as e: print("family", errno.errorcode[e.errno])
for request in (0x5412, 0x541C):
    try: fcntl.ioctl(0, request, b"x"); print("ioctl")
    except OSError as e: print("ioctl", errno.errorcode[e.errno])
try: os.setuid(0)
except OSError as e: print("setuid", errno.errorcode[e.errno])
try: os.setuid(1001)
except OSError as e: print("setuid", errno.errorcode[e.errno])
`)
    const answers = Object.fromEntries(
      ran.stdout
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), line.split(' ').at(-1)]),
    )
    assert.equal(ran.stderr, '')
    const { clone3, family, ...rest } = answers
    assert.deepEqual([clone3, family, rest['a call of the future']], ['ENOSYS', 'EAFNOSUPPORT', 'ENOSYS'])
    for (const [name, answer] of Object.entries(rest)) {
      if (name === 'a call of the future') continue
      assert.equal(answer, name === 'setuid' ? 'EINVAL' : 'EPERM', name)
    }
  })

  it('kill a program that speaks the wrong call convention', { skip: process.arch !== 'x64' }, async () => {
    const ran = await python('import ctypes\nctypes.CDLL(None).syscall(0x40000000 | 39)\nprint("survived")')
    assert.deepEqual([ran.stdout, ran.reason, ran.signal], ['', 'signalled', 'SIGSYS'])
  })

  it('leave a program no descriptor but its own three', async () => {
    const list =
      'import os\nfor n in os.listdir("/proc/self/fd"):\n  try: print(n, os.readlink("/proc/self/fd/" + n).split(":")[0])\n  except OSError: pass'
    const expected = '0 pipe\n1 pipe\n2 pipe\n'
    assert.equal((await python(list)).stdout, expected)
    assert.equal((await run('exec', { argv: ['python3', '-c', list] })).stdout, expected)
    const node =
      'const fs = require("fs"); for (const fd of [3, 4]) try { fs.fstatSync(fd); console.log(fd) } catch (e) { console.log(e.code) }'
    const warm = await run('node', { argv: ['main.js'], files: { 'main.js': node } })
    assert.equal(warm.stdout, 'EBADF\nEBADF\n')
  })

  it('have no network but the box’s own loopback', async () => {
    const server = createServer((socket) => socket.end('host'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const ran = await python(`
import socket, errno
print([name for _, name in socket.if_nameindex()] if False else open("/proc/net/dev").read().count(":"))
for target in (("127.0.0.1", ${port}), ("169.254.169.254", 80), ("10.0.0.1", 80), ("192.0.2.1", 80)):
    try: socket.create_connection(target, 2); print("connected", target)
    except OSError as e: print(errno.errorcode[e.errno])
try: socket.getaddrinfo("example.com", 80); print("resolved")
except OSError as e: print("no name")
`)
    server.close()
    assert.equal(ran.stdout, '1\nECONNREFUSED\nENETUNREACH\nENETUNREACH\nENETUNREACH\nno name\n', ran.stderr)
  })

  it('keep the box’s init out of reach, whatever is tried', async () => {
    const ran = await python(`
import os, signal, errno
def links():
    for fd in os.listdir("/proc/1/fd"):
        try: return os.readlink("/proc/1/fd/" + fd)
        except FileNotFoundError: pass  # the init has closed it meanwhile
    raise OSError(errno.EACCES, "nothing to read")
for action in (lambda: os.kill(1, signal.SIGKILL), lambda: os.kill(1, signal.SIGCHLD), lambda: os.kill(1, signal.SIGSTOP),
               lambda: open("/proc/1/mem"), lambda: open("/proc/1/environ").read(), links,
               lambda: os.readlink("/proc/1/exe"), lambda: os.listdir("/proc/1/root/z"), lambda: os.open("/proc/1/cwd", 0)):
    try: print("done", action())
    except OSError as e: print(errno.errorcode[e.errno])
try: os.kill(-1, signal.SIGSTOP)
except OSError as e: print("all", errno.errorcode[e.errno])
`)
    assert.deepEqual(new Set(ran.stdout.trim().split('\n')), new Set(['EPERM', 'EACCES', 'all ESRCH']), ran.stdout + ran.stderr)
    assert.equal(ran.exitCode, 0)
  })

  it('take the end from the kernel, not from anything a program writes or patches', async () => {
    const forged = await python(`
import os, sys, atexit, builtins
for fd in range(3, 1024):
    try: os.write(fd, b'R\\n{"status":0,"cpuUs":0,"residentBytes":0,"full":false,"files":[]}\\n')
    except OSError: pass
os._exit_ = os._exit
os._exit = lambda code: os._exit_(0)
sys.exit = builtins.exit = lambda code=0: None
atexit.register(lambda: None)
os._exit_(9)
`)
    assert.deepEqual([forged.reason, forged.exitCode], ['exited', 9])
    const patched = await python(
      'import os, sys, gc, threading\nos._exit = print\nsys.modules.clear()\ngc.collect = None\nthreading._shutdown = None\nraise SystemExit(4)',
    )
    assert.equal(patched.exitCode, 4, patched.stderr)
  })

  it('give what a program leaves running to nobody', async () => {
    const marker = `11.${BigInt(`0x${randomBytes(6).toString('hex')}`)}`
    const ran = await run('exec', {
      argv: ['sh', '-c', `for i in 1 2 3; do setsid sleep ${marker} & done; (setsid sh -c "setsid sleep ${marker}" &); exit 0`],
    })
    assert.equal(ran.exitCode, 0)
    assert.deepEqual(findProcesses(`sleep ${marker}`), [])
  })

  it('start every program with a listed environment, never the server’s', async () => {
    const ran = await run('exec', { argv: ['env'] })
    assert.deepEqual(ran.stdout.trim().split('\n').toSorted(), [
      'HOME=/tmp',
      'LANG=C.UTF-8',
      'LOGNAME=user',
      'PATH=/atelier/bin:/usr/local/bin:/usr/bin:/bin',
      'SHELL=/bin/sh',
      'USER=user',
    ])
  })
})
