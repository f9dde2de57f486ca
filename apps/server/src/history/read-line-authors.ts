/** Who wrote the lines of a file, from its kept versions. */
import { isUtf8 } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import { Refusal } from '@atelier/protocol/errors'
import { type LineAuthors as Answer, type FileVersion, historyLimits } from '@atelier/protocol/history'
import { LineAuthors } from './line-authors.ts'
import type { FoundHistory } from './version-rows.ts'

type Versions = {
  /** The latest, newest first. */
  list(limit: number): Promise<readonly FileVersion[]>
  read(version: number): Promise<Buffer>
}

export async function readLineAuthors(found: FoundHistory, versions: Versions): Promise<Answer> {
  const listed = await versions.list(historyLimits.blameVersions + 1)
  const newest = listed[0]
  if (newest === undefined || newest.sizeBytes > historyLimits.blameBytes) throw notByLine(found.path)
  const followed = listed.slice(0, historyLimits.blameVersions).toReversed()
  const isWhole = followed.length === listed.length
  const authors = new LineAuthors<FileVersion | null>()
  for (const [index, version] of followed.entries()) {
    // A version that is no text in between brings nothing, and the next one everything.
    const text = version.sizeBytes > historyLimits.blameBytes ? null : textOf(await versions.read(version.version))
    if (text === null && version === newest) throw notByLine(found.path)
    authors.add(text ?? '', index === 0 && !isWhole ? null : version)
    await setImmediate()
  }
  const runs: Answer['runs'] = []
  let before: FileVersion | null | undefined
  for (const mark of authors.marks) {
    const last = runs.at(-1)
    if (last !== undefined && mark === before) last.lines += 1
    else runs.push({ lines: 1, version: mark?.version ?? null, at: mark?.at ?? null, author: mark?.author ?? null })
    before = mark
  }
  return { version: newest.version, runs }
}

const textOf = (bytes: Buffer): string | null => (bytes.includes(0) || !isUtf8(bytes) ? null : bytes.toString())

const notByLine = (path: string): Refusal =>
  new Refusal(
    'unsupported-media-type',
    `Who wrote which line is told for text of up to ${historyLimits.blameBytes / 1024 / 1024} MB, and "${path}" is not.`,
  )
