/**
 * Replacing what a search found, and taking it back.
 *
 * Everything is tried before anything is written: roles, sizes, the room in the project. Then file by file is saved as any save is, on the
 * condition that it is at the version that was searched, so that open documents get the smallest change, and what somebody wrote meanwhile
 * stays. What a file was is a version of its history; taking it back restores those versions, on the same kind of condition. Nothing more
 * has to be remembered for it, so it works after a restart, and for whoever has the answer.
 */
import { Refusal } from '@atelier/protocol/errors'
import { type FileEntry, fileLimits } from '@atelier/protocol/files'
import {
  type NotReplaced,
  type Replaced,
  type ReplacedFile,
  type ReplaceFile,
  type ReplaceRequest,
  type ReplaceUndone,
  searchLimits,
} from '@atelier/protocol/search'
import type { Database } from '@atelier/storage/db/database'
import { mayWrite } from '../access/access.ts'
import type { History } from '../history/history.ts'
import { endWindows } from '../history/version-rows.ts'
import type { Projects } from '../projects/projects.ts'
import { noSuchFile, onlyLooking, versionMismatch } from '../projects/refusals.ts'
import { type Batch, readBatches } from './read-batches.ts'
import { type RewrittenFile, type SearchThread, type SearchThreads, ThreadGaveUp } from './search-threads.ts'

export type Replacer = {
  /** @throws Refusal before anything is written; afterwards each file has its own answer. */
  replace(projectId: string, userId: string, request: ReplaceRequest, signal: AbortSignal): Promise<Replaced>
  undo(projectId: string, userId: string, files: readonly ReplacedFile[]): Promise<ReplaceUndone>
}

export type ReplacerOptions = {
  readonly db: Database
  readonly projects: Pick<Projects, 'openTree' | 'readProject' | 'readEntry' | 'readFiles' | 'checkRoom' | 'saveFile'>
  readonly history: Pick<History, 'readVersion'>
  readonly threads: SearchThreads
}

/** Files that are restored at once, when they are taken back. */
const restoredAtOnce = 4
const actionsAtOnce = 4

export function createReplacer({ db, projects, history, threads }: ReplacerOptions): Replacer {
  let running = 0

  async function checkWriter(projectId: string, userId: string): Promise<void> {
    const { role } = await projects.readProject(projectId, userId)
    if (!mayWrite(role)) throw onlyLooking()
  }

  return {
    async replace(projectId, userId, request, signal) {
      await checkWriter(projectId, userId)
      const { pattern, regex, matchCase, wholeWord, replacement } = request
      const wanted = new Map(request.files.map((file) => [file.path, file]))
      if (wanted.size < request.files.length) throw namedTwice()
      const { items } = await projects.openTree(projectId, userId)
      const there = new Map(items.filter(({ kind }) => kind === 'file').map((entry) => [entry.path, entry]))
      const failed: NotReplaced[] = []
      const entries: FileEntry[] = []
      for (const { path, version } of request.files) {
        const entry = there.get(path)
        if (entry?.version === version) entries.push(entry)
        else failed.push(notReplaced(path, entry === undefined ? noSuchFile(path) : versionMismatch(path, entry.version)))
      }
      const begin = { kind: 'begin', pattern: { pattern, regex, matchCase, wholeWord }, replacement } as const
      const patience = new AbortController()
      const giveUp = (): void => patience.abort(signal.reason)
      signal.throwIfAborted()
      signal.addEventListener('abort', giveUp)
      const thread = await threads.lease(userId, begin, patience.signal)
      try {
        await thread.ask(begin)
        const fitting = await trial(projectId, userId, { entries, wanted, thread, failed })
        // From here on it is finished, whether somebody waits for it or not: half of it would be worse than all.
        signal.removeEventListener('abort', giveUp)
        return await write(projectId, userId, { entries: fitting, wanted, thread, failed })
      } catch (error) {
        if (error instanceof ThreadGaveUp) throw tooHeavy()
        throw error
      } finally {
        signal.removeEventListener('abort', giveUp)
        thread.end()
      }
    },

    async undo(projectId, userId, files) {
      await checkWriter(projectId, userId)
      if (new Set(files.map(({ path }) => path)).size < files.length) throw namedTwice()
      if (running >= actionsAtOnce) throw busy()
      running += 1
      try {
        const restored: string[] = []
        const failed: NotReplaced[] = []
        const rest = files.values()
        const lane = async (): Promise<void> => {
          for (const file of rest)
            await restore(projectId, userId, file).then(
              () => restored.push(file.path),
              (error: unknown) => failed.push(notReplaced(file.path, refusalOf(error))),
            )
        }
        await Promise.all(Array.from({ length: restoredAtOnce }, lane))
        return { restored: restored.sort(), failed }
      } finally {
        running -= 1
      }
    },
  }

  /** Nothing is written: sizes are summed up. Resolves with the files that can be written. */
  async function trial(projectId: string, userId: string, work: Work) {
    const fitting: FileEntry[] = []
    let growth = 0
    for await (const batch of readBatches(projects, projectId, userId, work.entries)) {
      const byPath = new Map(batch.entries.map((entry) => [entry.path, entry]))
      for (const { path, sizeBytes, outcome } of await rewritten(batch, work, false)) {
        const entry = byPath.get(path)
        if (outcome === 'too-large') throw wouldBeTooLarge(path)
        if (outcome !== 'rewritten') work.failed.push(notReplaced(path, whyNot(path, outcome)))
        else if (entry !== undefined) {
          fitting.push(entry)
          growth += sizeBytes - entry.sizeBytes
        }
      }
    }
    await projects.checkRoom(projectId, userId, growth)
    return fitting
  }

  async function write(projectId: string, userId: string, work: Work): Promise<Replaced> {
    const files: ReplacedFile[] = []
    let replacements = 0
    for await (const batch of readBatches(projects, projectId, userId, work.entries)) {
      const paths = batch.files.map(({ path }) => path)
      const results = await rewritten(batch, work, true)
      // What is there now stays a version of its own, however new it is.
      await endWindows(db.as(userId), projectId, paths)
      await Promise.all(
        results.map(async ({ path, bytes, outcome, replacements: count }) => {
          const before = work.wanted.get(path)?.version ?? 0
          try {
            if (outcome !== 'rewritten' || bytes === null) throw whyNot(path, outcome)
            const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
            const { entry } = await projects.saveFile(projectId, userId, path, content, before)
            files.push({ path, before, after: entry.version })
            replacements += count
          } catch (error) {
            work.failed.push(notReplaced(path, refusalOf(error)))
          }
        }),
      )
    }
    files.sort((a, b) => (a.path < b.path ? -1 : 1))
    return { replacements, files, failed: work.failed }
  }

  async function rewritten(
    batch: Batch,
    { wanted, thread, failed }: Work,
    wantsBytes: boolean,
  ): Promise<readonly RewrittenFile[]> {
    const gone = new Set(batch.entries.map(({ path }) => path))
    const files = batch.files.flatMap((file) => {
      gone.delete(file.path)
      const { version, matches } = wanted.get(file.path) ?? { version: 0, matches: 'all' as const }
      if (file.version === version) return [{ ...file, selected: matches === 'all' ? null : matches }]
      failed.push(notReplaced(file.path, versionMismatch(file.path, file.version)))
      return []
    })
    for (const path of gone) failed.push(notReplaced(path, noSuchFile(path)))
    if (files.length === 0) return []
    try {
      const answer = await thread.ask({ kind: 'rewrite', files, wantsBytes, withinCpuMs: searchLimits.fileSeconds * 1000 })
      if (answer.kind !== 'rewritten') throw new Error('the thread answered another question')
      return answer.files
    } catch (error) {
      if (!(error instanceof ThreadGaveUp)) throw error
      return files.map(({ path }) => ({ path, outcome: 'too-slow', sizeBytes: 0, replacements: 0, bytes: null }))
    }
  }

  async function restore(projectId: string, userId: string, { path, before, after }: ReplacedFile): Promise<void> {
    const { version } = await projects.readEntry(projectId, userId, path)
    if (version !== after) throw changedSince(path)
    const { content } = await history.readVersion(projectId, userId, { path }, before)
    try {
      await endWindows(db.as(userId), projectId, [path])
      await projects.saveFile(projectId, userId, path, content, after)
    } catch (error) {
      if (!Buffer.isBuffer(content)) content.destroy()
      throw error instanceof Refusal && error.code === 'version-mismatch' ? changedSince(path) : error
    }
  }
}

type Work = {
  readonly entries: readonly FileEntry[]
  readonly wanted: ReadonlyMap<string, ReplaceFile>
  readonly thread: SearchThread
  readonly failed: NotReplaced[]
}

const notReplaced = (path: string, { code, message }: Refusal): NotReplaced => ({ path, code, detail: message })

/** What is no refusal is a fault, for the whole request. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  throw error
}

const whyNot = (path: string, outcome: RewrittenFile['outcome']): Refusal =>
  outcome === 'too-large'
    ? wouldBeTooLarge(path)
    : outcome === 'too-slow'
      ? new Refusal('too-large', `Replacing in "${path}" takes too long, so it was left as it is. Make the pattern simpler.`)
      : new Refusal('version-mismatch', `"${path}" has not all of the matches that were chosen. Search again.`)

const wouldBeTooLarge = (path: string): Refusal =>
  new Refusal(
    'too-large',
    `"${path}" would have more than ${fileLimits.fileBytes / 1024 / 1024} MB afterwards. Nothing was replaced; leave this file out, or use a shorter replacement.`,
  )
const changedSince = (path: string): Refusal =>
  new Refusal('version-mismatch', `"${path}" was changed since, so it stays as it is. Its history has what it was before.`)
const namedTwice = (): Refusal => new Refusal('invalid-request', 'A file is named twice. Name each file once.')
const tooHeavy = (): Refusal =>
  new Refusal('invalid-request', 'This pattern is too heavy: it cannot even be prepared in time. Make it simpler.')
const busy = (): Refusal =>
  new Refusal('too-many-requests', 'Other replacements are being taken back. Try again in a moment.', { retryAfterSeconds: 2 })
