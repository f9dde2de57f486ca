/** Four people who type into one document while something happens, and come back when they are thrown out. */
import { setTimeout as wait } from 'node:timers/promises'
import { Ledger } from './ledger.ts'
import { Replica } from './replica.ts'
import type { TargetDocument } from './targets.ts'

export type Group = { readonly ledger: Ledger; readonly replicas: readonly Replica[] }

export async function openGroup(document: TargetDocument): Promise<Group> {
  const ledger = new Ledger()
  const replicas = document.doors.map((door, index) => new Replica(door, index, ledger))
  for (const replica of replicas) await replica.connectSoon(30_000)
  return { ledger, replicas }
}

/** Types until `over` says so or `ms` have gone by. */
export async function typeFor(
  { replicas }: Group,
  { ms, everyMs, random, over = () => false }: { ms: number; everyMs: number; random: () => number; over?: () => boolean },
): Promise<void> {
  const back = new Set<Replica>()
  for (const until = performance.now() + ms; performance.now() < until && !over(); await wait(everyMs))
    for (const replica of replicas) {
      replica.type(random)
      if (replica.isConnected || back.has(replica)) continue
      back.add(replica)
      void replica
        .connect(5000)
        .catch(() => {})
        .finally(() => back.delete(replica))
    }
  while (back.size > 0) await wait(10)
}

export function leave({ replicas }: Group): void {
  for (const replica of replicas) replica.leave()
}
