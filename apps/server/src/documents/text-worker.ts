/** The thread that builds whole texts, so that nobody's keystroke waits for them. It answers one question after the other. */
import { parentPort } from 'node:worker_threads'
import { carriedOver } from '@atelier/text/carried-over'
import { DamagedText, type Stored, type TextEngine } from '@atelier/text/engine'
import { engineNamed } from './engines.ts'
import { unpackText } from './packed-text.ts'
import type { Rewriting, TextAnswer, TextQuestion } from './text-jobs.ts'

parentPort?.on('message', (question: TextQuestion) => {
  const answer = answerTo(question)
  const snapshot = 'compacted' in answer ? answer.compacted.snapshot : null
  const isWhole = snapshot !== null && snapshot.buffer instanceof ArrayBuffer && snapshot.length === snapshot.buffer.byteLength
  parentPort?.postMessage(answer, isWhole ? [snapshot.buffer] : [])
})

function answerTo(question: TextQuestion): TextAnswer {
  const { id } = question
  try {
    const engine = engineNamed(question.engine)
    switch (question.kind) {
      case 'compact':
        return { id, compacted: engine.compact(unpackText(question.stored)) }
      case 'rewrite':
        return { id, rewriting: rewrite(engine, unpackText(question.stored), question.author, question) }
      case 'missing':
        return { id, bodies: engine.missing(unpackText(question.stored), question.request) }
      case 'snapshot':
        return { id, snapshot: engine.snapshotOf(question.text) }
    }
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error), isDamage: error instanceof DamagedText }
  }
}

function rewrite(engine: TextEngine, stored: Stored, author: string, wanted: Rewriting): Uint8Array | null {
  if ('base' in wanted) return engine.rewrite(stored, wanted.text, author, wanted.base)
  return engine.rewrite(stored, carriedOver(wanted.from, wanted.text, engine.textOf(stored)), author)
}
