/** What warm sandboxes cost, and what they may cost together. */
import type { Isolation, SandboxSpec } from '../sandbox.ts'

const megabyte = 1024 * 1024

/** Memory that one more warm sandbox takes, measured on x64 and rounded up; what it shares with others counts for none. */
const megabytes: Readonly<Record<Isolation, Readonly<Record<SandboxSpec['warmth'], number>>>> = {
  process: { exec: 5, python: 15, node: 45 },
  container: { exec: 6, python: 8, node: 45 },
  gvisor: { exec: 60, python: 70, node: 110 },
  microvm: { exec: 110, python: 110, node: 80 },
}

/** Of the memory that is available, programs that run need most. */
const share = 0.25

export type PoolMemory = { readonly memoryBytes: () => number; readonly costBytes: (spec: SandboxSpec) => number }

/** `availableBytes`: what this process could still get, as of now. */
export function memoryOf(isolation: Isolation, availableBytes: () => number = () => process.availableMemory()): PoolMemory {
  return {
    memoryBytes: () => share * availableBytes(),
    costBytes: ({ warmth }) => megabytes[isolation][warmth] * megabyte,
  }
}
