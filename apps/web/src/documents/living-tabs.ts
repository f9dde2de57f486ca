/** Which tabs of this browser are alive: each holds a lock while it is. What belongs to a dead one may be taken over. */
const lockOf = (tab: string): string => `atelier-tab-${tab}`
let own: string | null = null

/** The name of this tab; alive from now on. */
export function thisTab(): string {
  if (own !== null) return own
  own = Math.random().toString(36).slice(2)
  // Where there are no locks every tab counts as dead.
  void navigator.locks?.request(lockOf(own), () => new Promise(() => {}))
  return own
}

/** Locks exist on https and localhost only. */
export const canTellLiving = (): boolean => navigator.locks !== undefined

export async function livingTabs(): Promise<ReadonlySet<string>> {
  if (navigator.locks === undefined) return new Set()
  const { held } = await navigator.locks.query()
  const prefix = lockOf('')
  return new Set((held ?? []).flatMap(({ name }) => (name?.startsWith(prefix) === true ? [name.slice(prefix.length)] : [])))
}
