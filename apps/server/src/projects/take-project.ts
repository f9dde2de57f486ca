import type { Queries } from '@atelier/storage/db/database'
import { mayWrite } from '../access/access.ts'
import { lockProject, readUsage, type Usage, type UsageFor } from './project-rows.ts'
import { noSuchProject, onlyLooking } from './refusals.ts'

/**
 * Takes the project for the rest of the transaction, for somebody who may change it.
 * @throws Refusal not-found, forbidden
 */
export async function takeProject(queries: Queries, projectId: string, userId: string): Promise<Usage> {
  const taken = await lockProject(queries, projectId, userId)
  // The statement that waited for the project still sees who was in it before it waited; owners stay.
  return checkWriter(taken?.role === 'editor' ? await readUsage(queries, projectId, userId) : taken)
}

/** @throws Refusal not-found, forbidden */
export function checkWriter(usage: UsageFor | null): Usage {
  if (usage === null) throw noSuchProject()
  if (!mayWrite(usage.role)) throw onlyLooking()
  return usage
}
