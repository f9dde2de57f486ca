/**
 * Whether the processor's own virtualisation can be used. That /dev/kvm opens proves nothing (on nested hosts guests may
 * hang), so the real template is booted with it, within a time limit, and the verdict is kept for this kernel, QEMU and processor.
 */
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { release } from 'node:os'
import { z } from 'zod'
import type { MachineWalls } from './machine-process.ts'

export type Verdict = { readonly works: boolean /** One sentence. */; readonly detail: string }

const Kept = z.object({ key: z.string(), works: z.boolean(), detail: z.string() })

export const kvmDevice = '/dev/kvm'

/** How a machine's user reaches the device; or a sentence why it does not. */
export function reachKvm(user: number | null, device = kvmDevice): NonNullable<MachineWalls['device']> | string {
  const facts = statSync(device, { throwIfNoEntry: false })
  if (facts === undefined) return 'this machine offers no hardware virtualisation (there is no /dev/kvm)'
  const may = (bits: number) => (facts.mode & bits) === bits
  if (user !== null) {
    if (may(0o006)) return { path: device, group: null }
    if (may(0o060) && facts.gid !== 0) return { path: device, group: facts.gid }
    return '/dev/kvm is open only to root, and machines never run as root'
  }
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
    return { path: device, group: null }
  } catch {
    return '/dev/kvm is not open to this user (add it to the group kvm)'
  }
}

/** `boot` rejects when the template did not come up with KVM. */
export async function judgeKvm(file: string, qemuVersion: string, boot: () => Promise<void>): Promise<Verdict> {
  const key = `${release()} | ${qemuVersion} | ${processor()}`
  const kept = Kept.safeParse(
    await readFile(file, 'utf8')
      .then(JSON.parse)
      .catch(() => null),
  ).data
  if (kept?.key === key) return kept
  const verdict = await boot().then(
    () => ({ works: true, detail: 'hardware virtualisation (KVM) works here' }),
    (error: unknown) => ({
      works: false,
      detail: `/dev/kvm opens, but a machine did not come up with it (${error instanceof Error ? error.message : String(error)})`,
    }),
  )
  await writeFile(file, JSON.stringify({ key, ...verdict }))
  return verdict
}

function processor(): string {
  try {
    return /^model name\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? 'unknown'
  } catch {
    return 'unknown'
  }
}
