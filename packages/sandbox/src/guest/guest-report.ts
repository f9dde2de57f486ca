/** What an agent says (inside/agent.py), checked. */
import { z } from 'zod'
import type { GroupUsage } from '../cgroups/cgroups.ts'
import type { InitReport } from '../driver/end.ts'
import { GuestFault } from './wire.ts'

const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER)

const messageShape = z.discriminatedUnion('say', [
  z.object({ say: z.literal('ready') }),
  z.object({ say: z.literal('dying') }),
  z.object({ say: z.literal('fault'), text: z.string().max(4000) }),
  z.object({
    say: z.literal('ended'),
    status: count.int(),
    cpuUs: count,
    residentBytes: count,
    full: z.boolean(),
    stop: z.enum(['cpu', 'oom']).optional(),
    fault: z.string().max(8000).optional(),
    groupCpuUs: z.number().optional(),
    peakBytes: count.optional(),
    outOfMemory: count.optional(),
    refusedForks: count.optional(),
  }),
])

export type GuestMessage = z.infer<typeof messageShape>
export type GuestEnd = Extract<GuestMessage, { say: 'ended' }>

export function readMessage(value: unknown): GuestMessage {
  const parsed = messageShape.safeParse(value)
  if (!parsed.success) throw new GuestFault('the guest said something that makes no sense')
  return parsed.data
}

export function reportOf({ status, cpuUs, residentBytes, full, stop, fault }: GuestEnd): InitReport {
  const rest = { ...(stop === undefined ? {} : { stop }), ...(fault === undefined ? {} : { fault }) }
  return { status, cpuMs: cpuUs / 1000, residentBytes, full, ...rest }
}

/** From the guest's own control groups; null where it has none. */
export function usageOf({ groupCpuUs, peakBytes, outOfMemory, refusedForks }: GuestEnd): GroupUsage | null {
  if (groupCpuUs === undefined || peakBytes === undefined) return null
  return {
    cpuMs: Math.max(0, groupCpuUs) / 1000,
    peakBytes,
    outOfMemory: outOfMemory ?? 0,
    refusedForks: refusedForks ?? 0,
  }
}
