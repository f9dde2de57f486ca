/** The thread that looks through files: whatever a pattern costs, it costs nobody else. It answers one question after the other. */
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { choosePaths } from './choose-paths.ts'
import { BadPattern, createFinder, type Finder } from './find-matches.ts'
import { ownBytes } from './own-bytes.ts'
import { isText, lookThrough, rewrite } from './search-in-file.ts'
import type { FoundInFile, RewrittenFile, ThreadAnswer, ThreadQuestion } from './search-threads.ts'
import { compileReplacement, type WriteReplacement } from './write-replacement.ts'

type Begun = { readonly finder: Finder; readonly write: WriteReplacement | null }
let begun: Begun | null = null
/** A third of the share of those who have the usual one, 0. */
const priority = 5

parentPort?.on('message', (question: ThreadQuestion) => {
  let answer: ThreadAnswer
  try {
    answer = answerTo(question)
  } catch (error) {
    answer = {
      kind: 'failure',
      message: error instanceof Error ? error.message : String(error),
      isBadPattern: error instanceof BadPattern,
    }
  }
  // At once, and not when the collector comes by: there is a search's worth of them.
  if ('files' in question) for (const { bytes } of question.files) bytes.buffer.transfer(0)
  const moved = answer.kind === 'rewritten' ? answer.files.flatMap(({ bytes }) => (bytes === null ? [] : [bytes.buffer])) : []
  parentPort?.postMessage(answer, moved)
})
// On Linux 0 is this thread, not the process: who types comes before who searches.
setPriority(0, priority)
parentPort?.postMessage({ kind: 'ready' } satisfies ThreadAnswer)

function answerTo(question: ThreadQuestion): ThreadAnswer {
  if (question.kind === 'begin') {
    const { pattern, replacement } = question
    const finder = createFinder(pattern)
    begun = { finder, write: replacement === null ? null : compileReplacement(replacement, pattern.regex, finder.names) }
    return { kind: 'begun' }
  }
  if (question.kind === 'choose') return { kind: 'chosen', ...choosePaths(question.paths, question.choice) }
  if (begun === null) throw new Error('the search has not begun')
  const { finder, write } = begun
  // Time that it had, not time that went by: on a machine that is busy with other things a file is not given up for that.
  const deadline = cpuMs() + question.withinCpuMs
  const isLate = (): boolean => cpuMs() > deadline
  if (question.kind === 'look') {
    let left = question.most
    const files: FoundInFile[] = []
    let notText = 0
    for (const { path, version, bytes } of question.files) {
      const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      if (!isText(plain)) notText += 1
      else {
        const { matches, cut } = lookThrough(plain, finder, { most: left, isLate, write })
        if (matches.length > 0 || cut !== null) files.push({ path, version, matches, cut })
        left -= matches.length
        if (cut === 'matches') break
      }
    }
    return { kind: 'looked', files, notText }
  }
  if (write === null) throw new Error('there is nothing to replace with')
  const files: RewrittenFile[] = question.files.map(({ path, bytes, selected }) => {
    const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (!isText(plain)) return { path, outcome: 'not-there', sizeBytes: 0, replacements: 0, bytes: null }
    const result = rewrite(plain, finder, { selected: selected === null ? null : new Set(selected), write, isLate })
    if (result.kind !== 'rewritten') return { path, outcome: result.kind, sizeBytes: 0, replacements: 0, bytes: null }
    const own = question.wantsBytes ? ownBytes(result.bytes) : null
    return { path, outcome: 'rewritten', sizeBytes: result.bytes.length, replacements: result.replacements, bytes: own }
  })
  return { kind: 'rewritten', files }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
