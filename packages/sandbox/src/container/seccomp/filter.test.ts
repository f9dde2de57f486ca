import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allowedCalls } from './calls.ts'
import { type Architecture, seccompFilter } from './filter.ts'

const ALLOW = 0x7fff0000
const KILL = 0x80000000
const EPERM = 0x00050001
const ENOSYS = 0x00050026
const audit = { x64: 0xc000003e, arm64: 0xc00000b7 }

/** Runs classic BPF as the kernel does, on one call. */
function judge(architecture: Architecture, call: number, args: number[] = [], arch = audit[architecture]): number {
  const program = seccompFilter(architecture)
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength)
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, call, true)
  data.setUint32(4, arch, true)
  for (const [index, value] of args.entries()) data.setUint32(16 + 8 * index, value, true)
  let accumulator = 0
  for (let at = 0; ; at += 1) {
    assert.ok(at < view.byteLength / 8, 'the program ran off its end')
    const code = view.getUint16(at * 8, true)
    const [whenTrue, whenFalse] = [view.getUint8(at * 8 + 2), view.getUint8(at * 8 + 3)]
    const k = view.getUint32(at * 8 + 4, true)
    if (code === 0x20) accumulator = data.getUint32(k, true)
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0
    else if (code === 0x05) at += k
    else if (code === 0x15) at += accumulator === k ? whenTrue : whenFalse
    else if (code === 0x35) at += accumulator >= k ? whenTrue : whenFalse
    else if (code === 0x06) return k
    else assert.fail(`unknown instruction ${code}`)
  }
}

const unconditional = new Set(
  Object.values(allowedCalls)
    .filter((group) => group !== allowedCalls.conditional)
    .flatMap((group) => Object.entries<readonly [number, number]>(group)),
)

describe('the seccomp filter', () => {
  for (const [architecture, column] of [
    ['x64', 0],
    ['arm64', 1],
  ] as const) {
    it(`allows what is listed and refuses all else on ${architecture}`, () => {
      const conditional: number[] = Object.values(allowedCalls.conditional).map((numbers) => numbers[column])
      const listed = new Map([...unconditional].map(([name, numbers]) => [numbers[column], name]))
      for (let call = 0; call <= 466; call += 1) {
        if (conditional.includes(call)) continue
        const name = listed.get(call)
        const verdict = judge(architecture, call, [7, 7, 7])
        assert.equal(verdict, name === undefined ? EPERM : ALLOW, `${call} ${name}`)
      }
      assert.equal(judge(architecture, 467), ENOSYS)
      assert.equal(judge(architecture, 0x3fffffff), ENOSYS)
    })

    it(`looks at the arguments where they matter on ${architecture}`, () => {
      const { clone, clone3, socket, personality, prlimit64 } = allowedCalls.conditional
      const number = (pair: readonly [number, number]) => pair[column]
      assert.equal(judge(architecture, number(clone), [0x11]), ALLOW)
      assert.equal(judge(architecture, number(clone), [0x3d0f00]), ALLOW, 'threads')
      for (const flag of [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]) {
        assert.equal(judge(architecture, number(clone), [flag | 0x11]), EPERM)
      }
      assert.equal(judge(architecture, number(clone3)), ENOSYS)
      for (const family of [1, 2, 10]) assert.equal(judge(architecture, number(socket), [family]), ALLOW)
      for (const family of [0, 3, 16, 17, 38, 40]) assert.equal(judge(architecture, number(socket), [family]), 0x00050061)
      assert.equal(judge(architecture, number(personality), [0xffffffff]), ALLOW)
      assert.equal(judge(architecture, number(personality), [0x0400000]), EPERM)
      assert.equal(judge(architecture, number(prlimit64), [0]), ALLOW)
      assert.equal(judge(architecture, number(prlimit64), [1]), EPERM)
      const { setpriority, ioprio_set, sched_setscheduler, setsockopt, sync, syncfs } = allowedCalls.conditional
      assert.equal(judge(architecture, number(setpriority), [0, 0, 10]), ALLOW)
      for (const args of [
        [0, 1],
        [1, 1],
        [2, 0],
      ])
        assert.equal(judge(architecture, number(setpriority), args), EPERM)
      for (const args of [
        [1, 1],
        [2, 1],
        [3, 0],
      ])
        assert.equal(judge(architecture, number(ioprio_set), args), EPERM)
      assert.deepEqual(
        [0, 1].map((pid) => judge(architecture, number(sched_setscheduler), [pid, 5])),
        [ALLOW, EPERM],
      )
      for (const option of [26, 50, 51, 52]) assert.equal(judge(architecture, number(setsockopt), [3, 1, option]), EPERM)
      assert.equal(judge(architecture, number(setsockopt), [3, 1, 2]), ALLOW)
      assert.equal(judge(architecture, number(setsockopt), [3, 41, 26]), ALLOW, 'IPV6_V6ONLY')
      for (const call of [sync, syncfs]) assert.equal(judge(architecture, number(call)), 0x00050000, 'done without doing')
      const ioctl = number(allowedCalls.files.ioctl)
      for (const request of [0x5412, 0x541c, 0x5423]) assert.equal(judge(architecture, ioctl, [0, request]), EPERM)
      assert.equal(judge(architecture, ioctl, [0, 0x5413]), ALLOW)
      const kill = number(allowedCalls.processes.kill)
      assert.deepEqual(
        [judge(architecture, kill, [1, 9]), judge(architecture, kill, [2, 9]), judge(architecture, kill, [0xffffffff, 9])],
        [EPERM, ALLOW, ALLOW],
      )
    })

    it(`kills what speaks another convention than ${architecture}`, () => {
      assert.equal(judge(architecture, 1, [], 0x40000003), KILL)
      assert.equal(judge(architecture, 1, [], audit[architecture === 'x64' ? 'arm64' : 'x64']), KILL)
    })
  }

  it('kills x32 calls', () => {
    assert.equal(judge('x64', 0x40000000 | 1), KILL)
  })
})
