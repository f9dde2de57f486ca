/**
 * The TextEngine of our own operational transformation: the server puts all operations into one order, and the text is the outcome
 * of that order. A live text holds the text in short pieces, because what an operation may touch depends on how long the text is.
 */
import {
  BadMessage,
  type Change,
  type ChangeRecord,
  type LiveText,
  type Stored,
  type TextEngine,
  TooFarBehind,
} from '../engine.ts'
import type { TextChange } from '../replica.ts'
import { smallestChange } from '../smallest-change.ts'
import { answerJoin } from './join.ts'
import { apply, type Operation, OperationMisfit, transform } from './operation.ts'
import {
  joinLists,
  operationLimits,
  orDamaged,
  readPush,
  readRecord,
  readSnapshotHead,
  readSnapshotText,
  writePush,
  writeRecord,
  writeSnapshot,
} from './sequenced.ts'
import { latestWithin, Sequencer, type SequencerLimits, sequencerLimits } from './sequencer.ts'
import { operationOf } from './text-changes.ts'

export type OtLimits = SequencerLimits & {
  /** Operations that stay in a snapshot, for pages that are a little behind when it is made, and what they weigh. */
  readonly keptOperations: number
  readonly keptUnits: number
}

const otLimits: OtLimits = { ...sequencerLimits, keptOperations: 500, keptUnits: 64 * 1024 }

/** `limits`: for tests, which have few operations. */
export function createOtEngine(limits: OtLimits = otLimits): TextEngine {
  const open = (stored: Stored): Sequencer => sequencerOf(stored, limits)
  return {
    name: 'ot',

    snapshotOf: (text) => writeSnapshot({ version: 0, authors: [], tail: [] }, text.toWellFormed()),

    open: (stored) => new LiveOtText(open(stored)),

    compact(stored) {
      const { version, authors, tail, text } = open(stored)
      const kept = latestWithin(tail, limits.keptOperations, limits.keptUnits)
      return { snapshot: writeSnapshot({ version, authors, tail: kept }, text), text }
    },

    textOf: (stored) => open(stored).text,

    rewrite(stored, text, author, base = stored.records.length) {
      const { text: before, version } = open(stored)
      // Brought up to date here: on the hot path, what is too far behind is refused.
      const wanted = base < stored.records.length ? mergedText(stored, text.toWellFormed(), base, limits) : text.toWellFormed()
      const changes = smallestChange(before, wanted)
      if (changes.length === 0) return null
      const operation = operationOf(changes)
      const isLong = operation.length > operationLimits.components
      return writePush({ author, sequence: 1, base: version, operation: isLong ? asOne(before, changes) : operation })
    },

    missing: answerJoin,
  }
}

export const otEngine: TextEngine = createOtEngine()

class LiveOtText implements LiveText {
  readonly #sequencer: Sequencer

  constructor(sequencer: Sequencer) {
    this.#sequencer = sequencer
  }

  take(body: Uint8Array, _member: string, mayWriteAs: (author: string) => boolean = () => true): Change | null {
    const pushed = readPush(body)
    if (!mayWriteAs(pushed.author)) throw new BadMessage('it writes under the name of somebody else who is here')
    if (pushed.base > this.#sequencer.version) throw new TooFarBehind(`there is no version ${pushed.base} yet`)
    try {
      const outcome = this.#sequencer.push(pushed)
      if (outcome.kind === 'known') return null
      if (outcome.kind === 'too-old') throw new TooFarBehind(`version ${pushed.base} is too long ago`)
      return { bytes: writeRecord([outcome.sequenced]), authors: [pushed.author] }
    } catch (error) {
      if (error instanceof OperationMisfit) throw new BadMessage(error.message, { cause: error })
      throw error
    }
  }

  merge(changes: readonly Change[]): ChangeRecord {
    return joinLists(changes.map(({ bytes }) => bytes))
  }

  ask(): null {
    return null
  }

  join(stored: Stored, request: Uint8Array): readonly Uint8Array[] {
    return answerJoin(stored, request)
  }
}

/** `text`, which was made from the first `base` records, with what the later ones did. */
function mergedText({ snapshot, records }: Stored, text: string, base: number, limits: OtLimits): string {
  const sequencer = sequencerOf({ snapshot, records: records.slice(0, base) }, limits)
  const change = smallestChange(sequencer.text, text)
  let operation: Operation = change.length === 0 ? [] : operationOf(change)
  for (const record of records.slice(base))
    for (const sequenced of orDamaged(() => readRecord(record))) {
      sequencer.replay(sequenced)
      operation = transform(operation, sequenced.operation, 'right')
    }
  return apply(sequencer.text, operation)
}

/** So many changes that one large one is cheaper for everybody. */
function asOne(before: string, changes: readonly TextChange[]): Operation {
  const [first, last] = [changes[0], changes.at(-1)]
  if (first === undefined || last === undefined) return []
  let [insert, at] = ['', first.at]
  for (const change of changes) {
    insert += before.slice(at, change.at) + change.insert
    at = change.at + change.remove
  }
  return operationOf([{ at: first.at, remove: at - first.at, insert }])
}

function sequencerOf({ snapshot, records }: Stored, limits: SequencerLimits): Sequencer {
  return orDamaged(() => {
    const head = readSnapshotHead(snapshot)
    const sequencer = new Sequencer({ ...head, text: readSnapshotText(snapshot, head) }, limits)
    for (const record of records) for (const sequenced of readRecord(record)) sequencer.replay(sequenced)
    return sequencer
  })
}
