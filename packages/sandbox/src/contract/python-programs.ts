/** A warm Python must be told from `python3 script` by nothing a program does: each of these runs both ways. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { behaviour, type ProgramText } from './run-program.ts'
import type { Subject } from './sandbox.contract.ts'

const dedent = (text: string) => text.replace(/^\n/, '').replaceAll(/^ {6}/gm, '')

const scripts: Readonly<Record<string, string | ProgramText>> = {
  hello: 'print("hello")',
  'its own surroundings': `
      import sys, os
      print(sys.argv, sys.path, sys.orig_argv, sys.flags, sys.executable, __name__, __file__, os.getcwd(), os.getpid(), os.getppid())
      print(sorted(globals()), __doc__, __package__, __spec__, type(__loader__), __loader__.path, __builtins__)
      print(sys.stdin, sys.stdout, sys.stderr, sys.stdin.isatty(), sys.getrecursionlimit(), sys.getdefaultencoding())
      print(sys.meta_path, sys.path_hooks, [x for x in sys.path_importer_cache if x.startswith("/z")], sys.warnoptions, sys.dont_write_bytecode)
      print(sys.modules["__main__"].__dict__ is globals(), [m for m in ("box", "kernel", "program", "zygote", "python_program", "python_end", "hiding", "watch") if m in sys.modules])
      print(dict(os.environ), os.environb[b"PATH"], os.umask(0), os.getsid(0), os.getpgrp(), sorted(os.listdir("/proc/self/fd")))
  `,
  'its frames and nothing below': `
      import sys, traceback, inspect, warnings
      def f():
          traceback.print_stack()
          print(len(inspect.stack()), sys._getframe(1).f_back)
          warnings.warn("x", stacklevel=5)
      f()
      warnings.warn("y", stacklevel=2)
  `,
  'signal dispositions': `
      import signal
      print([(s, signal.getsignal(s)) for s in sorted(signal.valid_signals())], signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.set_wakeup_fd(-1))
  `,
  'resource limits':
    'import resource\nprint([(n, resource.getrlimit(getattr(resource, n))) for n in sorted(dir(resource)) if n.startswith("RLIMIT")])',
  'exit codes': { argv: ['main.py'], files: { 'main.py': 'import sys; print("a", end=""); sys.exit(3)' } },
  'sys.exit with a message': 'import sys; print("out"); sys.exit("message")',
  'sys.exit with None, True, big and negative numbers': `
      import sys, os
      sys.stdout.reconfigure(line_buffering=True)
      for value in (None, True, 256 + 7, -1, 2**80, (1, 2), "", 0.5):
          pid = os.fork()
          if pid == 0: sys.exit(value)
          print(value, os.wait()[1])
  `,
  'exit() and quit()': 'print(exit, quit); exit(5)',
  'os._exit without flushing': 'import os; print("lost", end=""); os._exit(4)',
  'an exception nobody catches': 'def f(x):\n    return 1 / x\nprint("before")\nf(0)',
  'chained exceptions': 'try:\n    {}["a"]\nexcept KeyError as e:\n    raise ValueError("b") from e',
  'exception groups and notes': 'e = ValueError("x")\ne.add_note("note")\nraise ExceptionGroup("g", [e, TypeError(1)])',
  'a syntax error': 'print("x")\nif True\n    pass',
  'an indentation error': 'if True:\nprint(1)',
  'a null byte': 'print(1)\n\0',
  'an excepthook of its own':
    'import sys\nsys.excepthook = lambda *a: print("hook", a[0].__name__, a[2].tb_lineno, a[2].tb_next)\n\n1/0',
  'a failing excepthook': 'import sys\ndef hook(*a): raise ValueError("in hook")\nsys.excepthook = hook\n1/0',
  'recursion without end': 'def f(): f()\ntry: f()\nexcept RecursionError as e: print(e)',
  'atexit handlers in order, with errors': `
      import atexit
      atexit.register(print, "first registered")
      @atexit.register
      def bad(): raise ValueError("in atexit")
      atexit.register(print, "last registered")
      print("main")
      1/0
  `,
  'sys.exit in an atexit handler': 'import atexit, sys\natexit.register(sys.exit, 7)\nprint("x")',
  'threads that outlive the main thread': `
      import threading, time, atexit
      atexit.register(print, "atexit")
      def work():
          while threading.main_thread().is_alive(): time.sleep(0.001)
          print("thread", threading.main_thread().is_alive())
      threading.Thread(target=work).start()
      threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
      print("main ends", threading.current_thread(), threading.active_count())
  `,
  'an exception in a thread': 'import threading\ndef f(): 1/0\nt = threading.Thread(target=f); t.start(); t.join(); print("on")',
  'pools of threads and processes': `
      from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor
      def square(x): return x * x
      if __name__ == "__main__":
          with ThreadPoolExecutor(4) as pool: print(list(pool.map(square, range(5))))
          with ProcessPoolExecutor(2) as pool: print(list(pool.map(square, range(5))))
  `,
  'multiprocessing by every start method': `
      import multiprocessing as mp
      def work(queue): queue.put("hello")
      if __name__ == "__main__":
          for method in ("fork", "spawn", "forkserver"):
              ctx = mp.get_context(method)
              queue = ctx.Queue()
              process = ctx.Process(target=work, args=(queue,)); process.start()
              print(method, queue.get()); process.join(); print(process.exitcode)
  `,
  'objects that end with the interpreter': `
      import weakref, atexit
      class Noisy:
          def __init__(self, name): self.name = name
          def __del__(self): print("del", self.name)
      one = Noisy("module global")
      cycle = Noisy("cycle"); cycle.me = cycle
      weakref.finalize(one, print, "finalize")
      atexit.register(print, "atexit")
      def generator():
          try: yield 1
          finally: print("generator closed")
      g = generator(); next(g)
      def uses_global(): return one
      print("end")
  `,
  'buffers of open files': `
      import sys, io, os
      sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
      print("żółć through a new wrapper")
      f = os.fdopen(os.dup(1), "w"); f.write("unflushed file\\n")
  `,
  'output order without and with flush':
    'import sys\nprint("a"); sys.stderr.write("b\\n"); print("c", flush=True); sys.stdout.buffer.write(b"d\\n"); print("e", file=sys.stderr)',
  'a closed stdout': 'import sys, os\nprint("x", end=""); os.close(1)',
  'input with prompts': {
    argv: ['main.py'],
    files: { 'main.py': 'name = input("name? ")\nage = int(input("age? "))\nprint(name, age)\nprint(input("more? "))' },
    stdin: 'Ada\n36\n',
  },
  'reading all input': {
    argv: ['main.py'],
    files: { 'main.py': 'import sys\nprint(len(sys.stdin.read()), sys.stdin.buffer.read())' },
    stdin: 'x\n'.repeat(5000),
  },
  'input that is no UTF-8': {
    argv: ['main.py'],
    files: { 'main.py': 'import sys\nprint(ascii(sys.stdin.readline()))' },
    stdin: new Uint8Array([0xff, 0xfe, 0x0a]),
  },
  arguments: { argv: ['main.py', '-x', '', 'ż', 'a b'], files: { 'main.py': 'import sys; print(sys.argv)' } },
  'a script in a folder, with modules beside it': {
    argv: ['app/main.py'],
    files: {
      'app/main.py':
        'import sys, helper, pkg.inner\nprint(sys.path[0], helper.__file__, pkg.inner.x, sys.argv)\nprint(sorted(__import__("os").listdir("app")))',
      'app/helper.py': 'print("helper", __name__)',
      'app/pkg/__init__.py': '',
      'app/pkg/inner.py': 'from ..pkg import inner as self\nx = self.__name__',
    },
  },
  'modules that hide those of the library': {
    argv: ['main.py'],
    files: { 'main.py': 'import random, json\nprint(random.x, json.loads("[1]"))\nimport statistics', 'random.py': 'x = "mine"' },
  },
  'a module that hides one of ours': {
    argv: ['main.py'],
    files: { 'main.py': 'import box, kernel\nprint(box.x, kernel.x)', 'box.py': 'x = 1', 'kernel.py': 'x = 2' },
  },
  'importing itself': {
    argv: ['main.py'],
    files: { 'main.py': 'print(__name__)\nimport main\nprint(main is __import__("sys").modules["__main__"])' },
  },
  'a script that is missing': { argv: ['none.py'] },
  'a folder as a script': { argv: ['app'], files: { 'app/__main__.py': 'import sys; print("folder", sys.path[0], __file__)' } },
  'a script without an ending, with a coding line': {
    argv: ['tool'],
    files: { tool: new Uint8Array(Buffer.from('# -*- coding: latin-1 -*-\nprint(ascii("\xe9"))\n', 'latin1')) },
  },
  subprocesses:
    'import subprocess, sys\nprint(subprocess.run([sys.executable, "-c", "print(1+1)"], capture_output=True, text=True))\nprint(subprocess.getoutput("echo $0; id -u"))',
  'environment of the interpreter': {
    argv: ['main.py'],
    files: { 'main.py': 'import sys, os\nprint(sys.flags.optimize, os.environ["PYTHONOPTIMIZE"])\nassert False' },
    environment: { PYTHONOPTIMIZE: '1' },
  },
  'a time zone': {
    argv: ['main.py'],
    files: { 'main.py': 'import time\nprint(time.tzname, time.strftime("%H", time.localtime(0)))' },
    environment: { TZ: 'Asia/Tokyo' },
  },
  'a locale': {
    argv: ['main.py'],
    files: { 'main.py': 'import sys, locale\nprint(sys.stdout.encoding, locale.setlocale(locale.LC_CTYPE))' },
    environment: { LC_ALL: 'POSIX' },
  },
  'os.abort': 'import os\nprint("lost", end="")\nos.abort()',
  'a signal to itself': 'import os, signal\nos.kill(os.getpid(), signal.SIGTERM)',
  'SIGINT nobody catches': 'import os, signal\nprint("x")\nos.kill(os.getpid(), signal.SIGINT)\nimport time; time.sleep(9)',
  'SIGINT caught':
    'import os, signal, time\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n    time.sleep(9)\nexcept KeyboardInterrupt: print("caught")',
  asyncio:
    'import asyncio\nasync def main():\n    await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(3)))\n    print("done")\nasyncio.run(main())',
  'collections after the start':
    'import gc\nclass A: pass\na = A(); a.a = a; del a\nprint(gc.collect() > 0, gc.isenabled(), gc.get_threshold())',
  'dataclasses and types that look up their module':
    'import dataclasses, typing\n@dataclasses.dataclass\nclass A:\n    x: "int"\nprint(A(1), typing.get_type_hints(A), A.__module__)',
  'pickle of its own classes': 'import pickle\nclass A: pass\nprint(pickle.loads(pickle.dumps(A())).__class__)',
  unittest: 'import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(1, 2)\nunittest.main()',
  logging:
    'import logging\nlogging.basicConfig(level="INFO", format="%(filename)s %(lineno)d %(funcName)s %(message)s")\nlogging.info("x", stack_info=True)\nlogging.getLogger().exception("y")',
  'sockets on the loopback':
    'import socket, threading\ns = socket.create_server(("127.0.0.1", 0))\nthreading.Thread(target=lambda: s.accept()[0].send(b"hi")).start()\nprint(socket.create_connection(s.getsockname()).recv(9), socket.gethostbyname("localhost"))',
  'a pseudo terminal':
    'import pty, os\npid, fd = pty.fork()\nif pid == 0:\n    print(os.isatty(0), flush=True); os._exit(0)\nprint(os.read(fd, 99)); os.waitpid(pid, 0)',
  'temporary files and the user':
    'import tempfile, os, pwd, pathlib, getpass\nprint(os.path.dirname(tempfile.mkdtemp()), pwd.getpwuid(os.getuid()), pathlib.Path.home(), getpass.getuser())',
}

/** Where it matters that a warm Python sends each line at its end, the scripts ask the fresh one for the same, or print no whole line. */
export function pythonTests({ run, it }: Subject): void {
  describe('a warm Python behaves as a fresh one', () => {
    for (const [title, script] of Object.entries(scripts)) {
      const text: ProgramText = typeof script === 'string' ? { argv: ['main.py'], files: { 'main.py': dedent(script) } } : script
      it(`with ${title}`, async () => {
        const [warm, fresh] = await Promise.all([run('python', text), run('exec', { ...text, argv: ['python3', ...text.argv] })])
        assert.deepEqual(behaviour(warm), behaviour(fresh))
      })
    }

    it('seeds its random numbers anew for every program', async () => {
      const text = {
        argv: ['main.py'],
        files: { 'main.py': 'import random, uuid, os; print(random.random(), uuid.uuid4(), os.urandom(8))' },
      }
      const all = await Promise.all([1, 2, 3, 4].map(() => run('python', text)))
      assert.equal(new Set(all.map((ran) => ran.stdout)).size, 4)
    })
  })
}
