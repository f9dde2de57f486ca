/** The thread that looks through files: whatever a pattern costs, it costs nobody else. It answers one question after the other. */
import { parentPort } from 'node:worker_threads'
import { choosePaths } from './choose-paths.ts'
import { BadPattern, createFinder, type Finder } from './find-matches.ts'
import { ownBytes } from './own-bytes.ts'
import { isText, lookThrough, rewrite } from './search-in-file.ts'
import type { FoundInFile, RewrittenFile, ThreadAnswer, ThreadQuestion } from './search-threads.ts'
import { compileReplacement, type WriteReplacement } from './write-replacement.ts'

type Begun = { readonly finder: Finder; readonly write: WriteReplacement | null }
let begun: Begun | null = null

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
  const moved = answer.kind === 'rewritten' ? answer.files.flatMap(({ bytes }) => (bytes === null ? [] : [bytes.buffer])) : []
  parentPort?.postMessage(answer, moved)
})
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
  const deadline = performance.now() + question.withinMs
  const isLate = (): boolean => performance.now() > deadline
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
