/**
 * Searching the files of a project, for everybody who may read it: the face for routes.
 *
 * What is on the screens is in the files first. Then batch after batch is read and given to a thread (search-threads.ts), and what it finds
 * is handed on as it comes. It ends when all is seen, when there are too many matches, when its time is over, when the person may not read
 * any more, or when nobody listens any more; whichever it is, the thread is free afterwards.
 */
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import type { FileEntry } from '@atelier/protocol/files'
import { type SearchCut, type SearchEvent, type SearchRequest, searchLimits } from '@atelier/protocol/search'
import type { Projects } from '../projects/projects.ts'
import type { IgnoreFile } from './choose-paths.ts'
import { readBatches } from './read-batches.ts'
import { type SearchThread, type SearchThreads, ThreadGaveUp } from './search-threads.ts'

export type Search = {
  /** The first event comes with the first look, so that what is refused is refused before anything is told. @throws Refusal */
  search(projectId: string, userId: string, request: SearchRequest, signal: AbortSignal): Promise<AsyncGenerator<SearchEvent>>
}

export type SearchOptions = {
  readonly projects: Pick<Projects, 'openTree' | 'readFiles'>
  readonly threads: SearchThreads
  readonly log: Log
  /** Another one in tests only. */
  readonly withinMs?: number
}

/** Progress is told once in so many files. */
const filesPerProgress = 500

export function createSearch({ projects, threads, log, withinMs = searchLimits.seconds * 1000 }: SearchOptions): Search {
  return {
    async search(projectId, userId, request, signal) {
      const { items } = await projects.openTree(projectId, userId)
      const { pattern, regex, matchCase, wholeWord, replacement } = request
      const begin = {
        kind: 'begin',
        pattern: { pattern, regex, matchCase, wholeWord },
        replacement: replacement ?? null,
      } as const
      const over = new AbortController()
      const whole = AbortSignal.any([signal, over.signal])
      const thread = await threads.lease(userId, begin, whole)
      // Also of one whose reader has fallen asleep.
      const timer = setTimeout(() => over.abort(new TimeIsOver()), withinMs)
      const end = (): void => {
        clearTimeout(timer)
        whole.removeEventListener('abort', end)
        thread.end()
      }
      // Also of one whose first line nobody has asked for.
      whole.addEventListener('abort', end)
      try {
        await thread.ask(begin)
        const files = items.filter(({ kind }) => kind === 'file')
        const ignoreFiles = request.useIgnoreFiles ? await readIgnoreFiles(projectId, userId, files) : null
        const choice = { include: request.include, exclude: request.exclude, ignoreFiles }
        const chosen = await thread.ask({ kind: 'choose', paths: files.map(({ path }) => path), choice })
        if (chosen.kind !== 'chosen') throw new Error('the thread answered another question')
        const wanted = new Set(chosen.paths)
        const entries = files.filter(({ path }) => wanted.has(path))
        return events(projectId, userId, entries, chosen.ignored, thread, whole, end)
      } catch (error) {
        end()
        if (error instanceof ThreadGaveUp || error instanceof TimeIsOver) throw tooHeavy()
        throw error
      }
    },
  }

  async function* events(
    projectId: string,
    userId: string,
    entries: readonly FileEntry[],
    ignored: number,
    thread: SearchThread,
    signal: AbortSignal,
    end: () => void,
  ): AsyncGenerator<SearchEvent> {
    const skipped = { notText: 0, ignored, tookTooLong: 0, unreadable: 0 }
    let [files, matches, inFiles, told] = [0, 0, 0, 0]
    let cut: SearchCut | null = null
    try {
      yield { type: 'progress', files: 0, of: entries.length }
      for await (const batch of readBatches(projects, projectId, userId, entries)) {
        signal.throwIfAborted()
        const most = searchLimits.matches - matches
        const withinCpuMs = searchLimits.fileSeconds * 1000
        try {
          const looked = await thread.ask({ kind: 'look', files: batch.files, most, withinCpuMs })
          if (looked.kind !== 'looked') throw new Error('the thread answered another question')
          skipped.notText += looked.notText
          for (const found of looked.files) {
            if (found.cut === 'time') skipped.tookTooLong += 1
            if (found.matches.length === 0) continue
            matches += found.matches.length
            inFiles += 1
            yield { type: 'found', ...found, matches: [...found.matches] }
          }
          if (looked.files.at(-1)?.cut === 'matches') cut = 'matches'
        } catch (error) {
          if (!(error instanceof ThreadGaveUp)) throw error
          skipped.tookTooLong += batch.files.length
        }
        skipped.unreadable += batch.unreadable
        files += batch.entries.length
        if (cut !== null) break
        if (files - told >= filesPerProgress) {
          told = files
          yield { type: 'progress', files, of: entries.length }
        }
      }
      yield { type: 'end', files, matches, inFiles, skipped, cut }
    } catch (error) {
      if (signal.reason instanceof TimeIsOver) yield { type: 'end', files, matches, inFiles, skipped, cut: 'time' }
      else if (!signal.aborted) {
        // The answer has begun: what went wrong is its last line.
        if (!(error instanceof Refusal)) log.error('a search failed', { error })
        const { code, message: detail } = error instanceof Refusal ? error : brokenSearch()
        yield { type: 'failed', code, detail }
      }
    } finally {
      end()
    }
  }

  async function readIgnoreFiles(projectId: string, userId: string, files: readonly FileEntry[]): Promise<IgnoreFile[]> {
    const names = files.filter(
      ({ path, sizeBytes }) => /(?:^|\/)\.gitignore$/.test(path) && sizeBytes <= searchLimits.ignoreFileBytes,
    )
    const paths = names.slice(0, searchLimits.ignoreFiles).map(({ path }) => path)
    if (paths.length === 0) return []
    const found: IgnoreFile[] = []
    for await (const { path, content } of projects.readFiles(projectId, userId, paths, searchLimits.ignoreFileBytes))
      if (content !== null) found.push({ folder: path.slice(0, Math.max(0, path.lastIndexOf('/'))), text: content.toString() })
    return found
  }
}

class TimeIsOver extends Error {
  override readonly name = 'TimeIsOver'
}

const tooHeavy = (): Refusal =>
  new Refusal(
    'invalid-request',
    'This search is too heavy: it cannot even be prepared in time. Make the pattern or the globs simpler.',
    {
      errors: [{ pointer: '/pattern', detail: 'is too heavy' }],
    },
  )
const brokenSearch = (): Refusal => new Refusal('internal', 'Something broke on our side, so the search ended early. Try again.')
