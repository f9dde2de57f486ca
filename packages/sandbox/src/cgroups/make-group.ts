/**
 * Makes a box's groups from outside, for runtimes whose processes join them before they become anything: the plan that a
 * zygote's boxes follow themselves. See cgroups.ts.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GroupPlan } from './cgroups.ts'

/** Answers the files into which a process writes "0" to join. Nothing is made where there are no groups. */
export function makeGroup(plan: GroupPlan, box: string): string[] {
  const folderOf = new Map(plan.binds.map(({ folder, source }) => [folder, source]))
  const path = (folder: string, file: string) => join(folderOf.get(folder) ?? '', box, file)
  for (const folder of plan.folders) mkdirSync(path(folder, ''))
  for (const [folder, file, value, needed] of plan.limits) {
    try {
      writeFileSync(path(folder, file), value, { flag: 'r+' })
    } catch (error) {
      if (needed) throw error
    }
  }
  return plan.joins.map(([folder, file]) => path(folder, file))
}
