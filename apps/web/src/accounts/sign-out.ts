/** Leaves the account on this device; what was typed until now goes to the server first. */
import { messageOf } from '../connection/api.ts'
import type { Workbench } from '../workbench/workbench.ts'

export async function signOut({ account, editing, notices }: Workbench): Promise<void> {
  try {
    await editing.saveAll()
    await account.signOut()
    location.assign('/')
  } catch (error) {
    notices.error(messageOf(error))
  }
}
