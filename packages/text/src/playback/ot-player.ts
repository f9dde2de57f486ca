/** What a log of operations did to the text, record by record. */
import { isSnapshot, readRecord, readSnapshotHead, readSnapshotText } from '../ot/sequenced.ts'
import { changesOf } from '../ot/text-changes.ts'
import type { AuthoredChange } from './authored-text.ts'
import type { Player } from './playback.ts'

export class OtPlayer implements Player {
  play(record: Uint8Array): readonly AuthoredChange[] {
    if (isSnapshot(record)) {
      const text = readSnapshotText(record, readSnapshotHead(record))
      return text === '' ? [] : [{ at: 0, remove: 0, insert: [{ text, author: null }] }]
    }
    return readRecord(record).flatMap(({ author, operation }) => {
      let shift = 0
      return changesOf(operation).map(({ at, remove, insert }) => {
        const change = { at: at + shift, remove, insert: insert === '' ? [] : [{ text: insert, author }] }
        shift += insert.length - remove
        return change
      })
    })
  }
}
