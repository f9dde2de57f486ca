/**
 * Fetches a document's history page by page and reads it into a playback, in slices, so that the page stays usable meanwhile: the
 * longest are some hundred thousand records.
 */
import type { PlaybackPage } from '@atelier/protocol/playback'
import { DamagedText } from '@atelier/text/engine'
import { openPlayback, type TimedRecord } from '@atelier/text/playback/playback'
import { type Api, ApiProblem, encodePath } from '../connection/api.ts'
import { type Author, type History, historyOf } from './history.ts'

/** From 0 to 1; the second half is reading. */
export type Progress = { readonly phase: 'fetching' | 'reading'; readonly part: number }

/** One slice of reading: shorter than what a person notices in typing. */
const sliceMs = 12
const stepsAtOnce = 20
/** A file may have been open for long before its first change: no more of that counts. */
const leadMs = 60_000

/** Null: the file was never edited together, so there is no history. */
export async function loadHistory(
  api: Api,
  projectId: string,
  path: string,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<History | null> {
  try {
    const fetched = await fetchAll(api, projectId, path, onProgress, signal)
    return await read(fetched, onProgress, signal)
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'not-found') return null
    if (!(error instanceof DamagedText)) throw error
    throw new Error(`The history of this file cannot be read; its text is not concerned. (${error.message})`, { cause: error })
  }
}

type Fetched = Pick<PlaybackPage, 'engine' | 'startedAt'> & {
  readonly snapshot: Uint8Array
  readonly authors: readonly Author[]
  readonly records: readonly TimedRecord[]
}

async function fetchAll(
  api: Api,
  projectId: string,
  path: string,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Fetched> {
  const address = `/api/v1/projects/${projectId}/playback/${encodePath(path)}`
  const first = await api.json<PlaybackPage>(address, { signal })
  const firstSeq = first.records[0]?.seq ?? first.latest
  const records: TimedRecord[] = []
  for (let page = first; ; ) {
    for (const { at, bytes } of page.records) records.push({ atMs: Date.parse(at), bytes: bytesOf(bytes) })
    if (page.next === null) break
    onProgress({ phase: 'fetching', part: (0.5 * (page.next - firstSeq)) / Math.max(1, first.latest - firstSeq) })
    page = await api.json<PlaybackPage>(`${address}?after=${page.next}`, { signal })
  }
  const { engine, startedAt, authors } = first
  return { engine, startedAt, authors, records, snapshot: bytesOf(first.snapshot ?? '') }
}

async function read(
  { engine, startedAt, authors, records, snapshot }: Fetched,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<History> {
  const playback = openPlayback(engine, snapshot, records)
  for (let isMore = true; isMore; ) {
    const startedMs = performance.now()
    while (isMore && performance.now() - startedMs < sliceMs) isMore = playback.prepare(stepsAtOnce)
    onProgress({ phase: 'reading', part: 0.5 + (0.5 * playback.preparedSteps) / Math.max(1, playback.steps) })
    await new Promise((resolve) => setTimeout(resolve))
    signal.throwIfAborted()
  }
  const timesMs = Float64Array.from(records, ({ atMs }) => atMs)
  // Of a history that was cut, the beginning is where it begins now.
  const startMs = Math.max(Date.parse(startedAt), (timesMs[0] ?? 0) - leadMs)
  return historyOf({ playback, startMs, timesMs, authors })
}

function bytesOf(base64: string): Uint8Array {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index)
  return bytes
}
