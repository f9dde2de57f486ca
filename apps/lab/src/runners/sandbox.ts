import { silentLog } from '@atelier/base/log'
import { Pool } from '@atelier/sandbox/pool'
import type { Root, SandboxDriver, SandboxLimits, SandboxSpec } from '@atelier/sandbox/sandbox'
import { machineIsQuiet } from '../cpu-time.ts'
import type { BenchProgram, Runner } from './runner.ts'

export const benchLimits: SandboxLimits = {
  cpuMs: 10_000,
  wallMs: 30_000,
  memoryBytes: 256 * 1024 * 1024,
  processes: 64,
  diskBytes: 64 * 1024 * 1024,
  diskFiles: 16_384,
  outputBytes: 32 * 1024 * 1024,
}

export type SandboxWay = {
  readonly name: string
  /** Closed by the runner. */
  readonly driver: SandboxDriver
  readonly root: Root
  /** How many stand ready; 0: every click opens its own. */
  readonly warm: number
  /** What stands ready goes on preparing itself for a while. */
  readonly preparesMs?: number
}

/** Our sandbox without the server: a warm pool over a driver, all limits and walls on, a sandbox per execution. */
export function sandboxRunner(program: BenchProgram, { name, driver, root, warm, preparesMs = 0 }: SandboxWay): Runner {
  const limits = benchLimits
  const spec: SandboxSpec = { root, warmth: program.language === 'python' ? 'python' : 'node' }
  // Without warm ones, demand shall not make any either.
  const pool = new Pool({ driver, log: silentLog, ceiling: warm, targets: warm === 0 ? [] : [{ spec, size: warm }] })
  const files = [{ path: program.file, content: Buffer.from(program.text) }]
  return {
    name,
    async settle() {
      while (pool.snapshot().idle < warm) await new Promise((resolve) => setTimeout(resolve, 2))
      if (preparesMs > 0) await machineIsQuiet(preparesMs)
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
      const { reason, exitCode, fault } = await running.ended
      await sandbox.destroy()
      if (reason !== 'exited' || exitCode !== 0) throw new Error(`${name}: it ended with ${reason} ${exitCode} ${fault ?? ''}`)
      return { firstMs, output }
    },
  }
}
