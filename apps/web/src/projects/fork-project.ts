/** Forking from the page: what is typed here is saved first, so that the fork has it. */
import { messageOf } from '../connection/api.ts'
import type { Workbench } from '../workbench/workbench.ts'
import { mayWrite } from './access.ts'
import { projectAddress } from './projects.ts'

/** Goes there. Resolves when it could not be done, which is said. */
export async function openFork({ access, editing, notices, projects }: Workbench): Promise<void> {
  try {
    if (mayWrite(access.getState())) await editing.saveAll()
    location.assign(projectAddress((await projects.fork()).id))
    // The page is on its way; a second click would make a second fork.
    await new Promise(() => {})
  } catch (error) {
    notices.error(messageOf(error))
  }
}
