/**
 * Files and folders from a disk into the project, a few at a time. Names that exist are asked about once, for all of them; what is refused is
 * reported file by file, and stops nothing. Loaded when something is brought.
 */
import { fileLimits } from '@atelier/protocol/files'
import { ApiProblem, messageOf, Unreachable } from '../connection/api.ts'
import type { Dialogs } from '../layout/dialogs.ts'
import type { Notices } from '../layout/notices.ts'
import type { Brought, Upload } from './dropped-files.ts'
import type { FileRequests } from './file-requests.ts'
import { type FilesStore, selectPath, setEntries } from './files.ts'
import { whyNotName } from './names.ts'
import { type Entries, freeNames, joinPath, nameOf, parentOf, type TreeEntry, withEntries } from './tree.ts'

/** A browser has six connections to a server. */
const atOnce = 6
/** The tree shows what has arrived this often. */
const showEveryMs = 150
/** A server that is busy is asked again, with pauses, this often. */
const mostAttempts = 30
const pauseMs = 2000

type Target = { readonly path: string; readonly file: File; readonly replaces: boolean }

type UploadOptions = {
  readonly brought: Brought
  readonly folder: string
  readonly store: FilesStore
  readonly requests: FileRequests
  readonly dialogs: Dialogs
  readonly notices: Notices
}

export async function uploadAll(options: UploadOptions): Promise<void> {
  const { brought, folder, store, dialogs, notices } = options
  const problems = [...brought.problems]
  const { entries } = store.getState()
  const allowed = brought.uploads.filter((upload) => {
    const why = whyNotUpload(entries, folder, upload)
    if (why !== null) problems.push(`“${upload.path}”: ${why}`)
    return why === null
  })
  const targets = await settleConflicts(allowed, folder, entries, dialogs)
  if (targets === null) return
  const folders = brought.emptyFolders.map((path) => joinPath(folder, path)).filter((path) => !entries.has(path))
  if (targets.length + folders.length > 0) await sendAll(targets, folders, options, problems)
  if (problems.length === 1) notices.error(`One file was not uploaded. ${problems[0]}`)
  else if (problems.length > 1) dialogs.show({ kind: 'not-uploaded', problems })
}

/** Null: the person thought better of it. */
async function settleConflicts(
  uploads: readonly Upload[],
  folder: string,
  entries: Entries,
  dialogs: Dialogs,
): Promise<readonly Target[] | null> {
  const targets = uploads.map(({ path, file }) => ({ path: joinPath(folder, path), file, replaces: false }))
  const doubles = new Set(targets.filter(({ path }) => entries.has(path)))
  const first = [...doubles][0]
  if (first === undefined) return targets
  const answer = await dialogs.ask({
    title:
      doubles.size === 1
        ? `“${nameOf(first.path)}” is here already`
        : `${doubles.size} of ${targets.length} files are here already`,
    detail:
      doubles.size === 1
        ? `There is a file “${first.path}”. What it was stays in its history when it is replaced.`
        : `“${first.path}” first. The answer is for all of them. What a file was stays in its history when it is replaced.`,
    ...{ confirm: 'Replace', danger: true, other: 'Keep both' },
    ...(targets.length > doubles.size ? { alternative: 'Skip these' } : {}),
  })
  if (answer === 'cancel') return null
  if (answer === 'alternative') return targets.filter((target) => !doubles.has(target))
  if (answer === 'confirm') return targets.map((target) => ({ ...target, replaces: doubles.has(target) }))
  const free = freeNames(
    entries,
    targets.flatMap((target) => (doubles.has(target) ? [] : [target.path])),
  )
  return targets.map((target) => (doubles.has(target) ? { ...target, path: free(target.path) } : target))
}

async function sendAll(
  targets: readonly Target[],
  folders: readonly string[],
  { store, requests, notices }: UploadOptions,
  problems: string[],
): Promise<void> {
  const stop = new AbortController()
  const notice = notices.progress(`Uploading ${counted(targets.length)} …`, () => stop.abort())
  let arrived: TreeEntry[] = []
  const show = (): void => {
    const some = arrived
    arrived = []
    if (some.length > 0) setEntries(store, (entries) => withEntries(entries, some))
  }
  let [sent, done] = [0, 0]
  const timer = setInterval(() => {
    show()
    notice.update(`Uploading … ${done} of ${targets.length}`)
  }, showEveryMs)
  const attempt = async (path: string, work: () => Promise<TreeEntry>): Promise<boolean> => {
    try {
      arrived.push(await withPatience(work, stop.signal))
      return true
    } catch (error) {
      if (stop.signal.aborted) return false
      problems.push(`“${path}”: ${messageOf(error)}`)
      // Nobody is there: what is left would only fail one by one.
      if (error instanceof Unreachable) stop.abort(error)
      return false
    }
  }
  const rest = targets.values()
  const lane = async (): Promise<void> => {
    for (const { path, file, replaces } of rest) {
      if (stop.signal.aborted) return
      // What somebody else made meanwhile is not replaced unasked.
      const save = replaces ? requests.write : requests.create
      if (await attempt(path, () => save(path, file, stop.signal))) sent += 1
      done += 1
    }
  }
  try {
    for (const path of folders)
      await attempt(path, async () => {
        await requests.createFolder(path)
        return { path, kind: 'folder', sizeBytes: 0, version: 0 }
      })
    await Promise.all(Array.from({ length: atOnce }, lane))
  } finally {
    clearInterval(timer)
    show()
  }
  const first = targets[0]
  if (sent > 0 && first !== undefined && targets.length === 1) selectPath(store, first.path)
  if (stop.signal.aborted && stop.signal.reason instanceof Unreachable)
    problems.push(`${counted(targets.length - sent)} of ${targets.length} did not arrive: bring them once more.`)
  notice.end(
    stop.signal.aborted
      ? `Stopped: ${counted(sent)} of ${targets.length} uploaded.`
      : targets.length === 0
        ? `Made ${folders.length === 1 ? 'the folder' : `${folders.length} folders`}.`
        : `Uploaded ${counted(sent)}.`,
    sent < targets.length,
  )
}

const counted = (count: number): string => `${count} ${count === 1 ? 'file' : 'files'}`

/** A server that has too much to do says so: it is asked again after a pause. */
async function withPatience<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let attempts = 1; ; attempts += 1)
    try {
      return await work()
    } catch (error) {
      const isBusy = error instanceof ApiProblem && (error.status === 429 || error.status === 503)
      if (!isBusy || attempts >= mostAttempts || signal.aborted) throw error
      await new Promise((next) => setTimeout(next, pauseMs))
    }
}

/** A name that stands there already is a question, not a mistake. */
function whyNotUpload(entries: Entries, folder: string, { path, file }: Upload): string | null {
  if (file.size > fileLimits.fileBytes)
    return `It has more than the ${fileLimits.fileBytes / 1024 / 1024} MB that a file may have.`
  const full = joinPath(folder, path)
  if (entries.get(full)?.kind === 'folder') return 'There is a folder with this name.'
  return entries.has(full) ? null : whyNotName(entries, parentOf(full), nameOf(full))
}
