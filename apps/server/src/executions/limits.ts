import type { ExecutionLimits } from '@atelier/protocol/executions'
import type { SandboxLimits } from '@atelier/sandbox/sandbox'
import type { Settings } from '../settings.ts'

export type LimitPolicy = { readonly usual: ExecutionLimits; readonly most: ExecutionLimits }

/** What a request may say of each limit; one it does not say has its usual value. */
export type AskedLimits = { readonly [Name in keyof ExecutionLimits]?: ExecutionLimits[Name] | undefined }

/** What was asked for, clamped to what is allowed; what was not asked for has its usual value. Nonsense was refused by the contract. */
export function grantLimits(asked: AskedLimits | undefined, policy: LimitPolicy): ExecutionLimits {
  const grant = (name: keyof ExecutionLimits): number => Math.min(asked?.[name] ?? policy.usual[name], policy.most[name])
  return {
    cpuMs: grant('cpuMs'),
    wallMs: grant('wallMs'),
    memoryBytes: Math.max(grant('memoryBytes'), smallestMemoryBytes),
    processes: grant('processes'),
    diskBytes: grant('diskBytes'),
    outputBytes: grant('outputBytes'),
  }
}

/** Below this no interpreter starts; a smaller wish is raised to it. */
const smallestMemoryBytes = 16 * 1024 * 1024

/** One file or folder per 4 KB of disk is plenty for any real project, and bounds the kernel memory that names cost. */
export const sandboxLimitsOf = (limits: ExecutionLimits): SandboxLimits => ({
  ...limits,
  diskFiles: Math.max(1024, Math.floor(limits.diskBytes / 4096)),
})

/** The limits that the settings speak of. */
export function limitPolicyOf(settings: Settings): LimitPolicy {
  const { cpuMs, wallMs, memoryBytes, processes, diskBytes, outputBytes } = settings
  return {
    usual: { cpuMs, wallMs, memoryBytes, processes, diskBytes, outputBytes },
    most: {
      cpuMs: settings.cpuMsMax,
      wallMs: settings.wallMsMax,
      memoryBytes: settings.memoryBytesMax,
      processes: settings.processesMax,
      diskBytes: settings.diskBytesMax,
      outputBytes: settings.outputBytesMax,
    },
  }
}
