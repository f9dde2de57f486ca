/** The thread that builds whole texts, so that nobody's keystroke waits for them. It answers one question after the other. */
import { parentPort } from 'node:worker_threads'
import { DamagedText } from '@atelier/text/engine'
import { engineNamed } from './engines.ts'
import type { TextAnswer, TextQuestion } from './text-jobs.ts'

parentPort?.on('message', (question: TextQuestion) => {
  parentPort?.postMessage(answerTo(question))
})

function answerTo(question: TextQuestion): TextAnswer {
  const { id } = question
  try {
    const engine = engineNamed(question.engine)
    switch (question.kind) {
      case 'compact':
        return { id, compacted: engine.compact(question.stored) }
      case 'rewrite':
        return { id, rewriting: engine.rewrite(question.stored, question.text, question.author) }
      case 'missing':
        return { id, bodies: engine.missing(question.stored, question.request) }
      case 'snapshot':
        return { id, snapshot: engine.snapshotOf(question.text) }
    }
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error), isDamage: error instanceof DamagedText }
  }
}
