/**
 * Brings a version back. A text is changed as if its reader had typed it: others see it at once, and undo takes it back. What the file
 * has now stays a version of its own, however new it is.
 */
import type { FileVersion } from '@atelier/protocol/history'
import { nameOf } from '../files/tree.ts'
import { restoreMoment } from '../playback/restore-moment.ts'
import type { Workbench } from '../workbench/workbench.ts'
import type { HistoryRequests } from './history-requests.ts'
import { momentText, textOfBytes } from './version-text.ts'

export async function restoreVersion(
  workbench: Workbench,
  requests: HistoryRequests,
  path: string,
  version: FileVersion,
  now: FileVersion,
): Promise<void> {
  const { dialogs, notices } = workbench
  const text = textOfBytes(await requests.bytes({ path }, version.version))
  const when = momentText(version.at, Date.now())
  if (text !== null) {
    if (now.name === null) await requests.name(path, now.version, null)
    if (await restoreMoment(workbench, path, text)) {
      dialogs.close()
      notices.info(`${nameOf(path)} is as it was at ${when}. Undo takes that back.`)
      return
    }
  }
  await requests.restore(path, version.version)
  dialogs.close()
  notices.undoable(`${nameOf(path)} is as it was at ${when}.`, () => {
    requests.restore(path, now.version).catch(() => notices.error('That could not be taken back. The history has it.'))
  })
}
