/** The project as a zip file: down to the person's disk, or from there into the project. Loaded when it is asked for. */
import type { ArchiveImported } from '@atelier/protocol/files'
import { type Api, ApiProblem, messageOf } from '../connection/api.ts'
import type { Parts } from '../workbench/parts.ts'

type Conflicts = 'refuse' | 'replace' | 'keep'

const addressOf = (projectId: string): string => `/api/v1/projects/${projectId}/zip`

/** `folder`: only this one. */
export function downloadArchive(workbench: Parts, folder?: string): void {
  const link = document.createElement('a')
  link.href = addressOf(workbench.projectId) + (folder === undefined ? '' : `?folder=${encodeURIComponent(folder)}`)
  link.download = ''
  void workbench.editing.saveAll().then(() => link.click())
}

export function pickArchive(workbench: Parts): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = '.zip,application/zip'
  input.onchange = () => {
    const file = input.files?.[0]
    if (file !== undefined) void importArchive(workbench, file)
  }
  input.click()
}

async function importArchive(workbench: Parts, file: File): Promise<void> {
  const { changes, connection, notices, projectId } = workbench
  const progress = notices.progress(`Importing “${file.name}” …`)
  try {
    const done = await send(connection.api, projectId, file, 'refuse').catch((error: unknown) => {
      if (!(error instanceof ApiProblem) || error.code !== 'already-exists') throw error
      return askAndSend(workbench, file, error.message)
    })
    if (done === null) return progress.end('Nothing was imported.')
    await changes.refresh()
    progress.end(sentenceOf(done))
  } catch (error) {
    progress.end(messageOf(error), true)
    // An archive that is broken in the middle was imported up to there.
    await changes.refresh().catch(() => {})
  }
}

async function askAndSend(workbench: Parts, file: File, detail: string): Promise<ArchiveImported | null> {
  const answer = await workbench.dialogs.ask({
    ...{ title: 'Replace files of the project?', detail, confirm: 'Replace', danger: true },
    alternative: 'Keep what is here',
  })
  if (answer === 'cancel') return null
  return send(workbench.connection.api, workbench.projectId, file, answer === 'confirm' ? 'replace' : 'keep')
}

const send = (api: Api, projectId: string, file: File, conflicts: Conflicts): Promise<ArchiveImported> =>
  api.json<ArchiveImported>(`${addressOf(projectId)}?conflicts=${conflicts}`, {
    method: 'POST',
    body: { bytes: file, type: 'application/zip' },
  })

function sentenceOf({ files, kept }: ArchiveImported): string {
  const counted = (count: number): string => `${count} ${count === 1 ? 'file' : 'files'}`
  return `Imported ${counted(files)}${kept.length === 0 ? '' : `; ${counted(kept.length)} kept as ${kept.length === 1 ? 'it was' : 'they were'}`}.`
}
