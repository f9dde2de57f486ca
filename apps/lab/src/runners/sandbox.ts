import { silentLog } from '@atelier/base/log'
import { createContainerDriver } from '@atelier/sandbox/container/container'
import { Pool } from '@atelier/sandbox/pool'
import type { SandboxLimits, SandboxSpec } from '@atelier/sandbox/sandbox'
import type { BenchProgram, Runner } from './runner.ts'

const limits: SandboxLimits = {
  cpuMs: 10_000,
  wallMs: 30_000,
  memoryBytes: 256 * 1024 * 1024,
  processes: 64,
  diskBytes: 64 * 1024 * 1024,
  diskFiles: 16_384,
  outputBytes: 32 * 1024 * 1024,
}
const warm = 8

/** Our sandbox without the server: a warm pool over the container driver, cgroups and seccomp on, a box per execution. */
export async function sandboxRunner(program: BenchProgram): Promise<Runner> {
  const driver = createContainerDriver({ log: silentLog, nodeBinary: process.execPath, slots: 32, limits })
  const spec: SandboxSpec = { root: { kind: 'host' }, warmth: program.language === 'python' ? 'python' : 'node' }
  const pool = new Pool({ driver, log: silentLog, ceiling: warm, targets: [{ spec, size: warm }] })
  const files = [{ path: program.file, content: Buffer.from(program.text) }]
  return {
    name: 'sandbox',
    async settle() {
      while (pool.snapshot().idle < warm) await new Promise((resolve) => setTimeout(resolve, 2))
    },
    async close() {
      await pool.close()
      await driver.close()
    },
    async runOnce() {
      const startedAt = performance.now()
      let firstMs = 0
      let output = ''
      const sandbox = await pool.lease(spec)
      const running = sandbox.start({ argv: [program.file], environment: {}, files, limits }, (_stream, bytes) => {
        if (firstMs === 0) firstMs = performance.now() - startedAt
        output += Buffer.from(bytes)
      })
      running.endInput()
      await running.ended
      await sandbox.destroy()
      return { firstMs, output }
    },
  }
}
