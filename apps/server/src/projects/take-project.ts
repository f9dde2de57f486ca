import type { Queries } from '@atelier/storage/db/database'
import { mayWrite } from '../access/access.ts'
import { lockProject, type Usage, type UsageFor } from './project-rows.ts'
import { noSuchProject, onlyLooking } from './refusals.ts'

/**
 * Takes the project for the rest of the transaction, for somebody who may change it.
 * @throws Refusal not-found, forbidden
 */
export const takeProject = async (queries: Queries, projectId: string, userId: string): Promise<Usage> =>
  checkWriter(await lockProject(queries, projectId, userId))

/** @throws Refusal not-found, forbidden */
export function checkWriter(usage: UsageFor | null): Usage {
  if (usage === null) throw noSuchProject()
  if (!mayWrite(usage.role)) throw onlyLooking()
  return usage
}
