/** What somebody who joins lacks: the operations since its version, or everything when they are no longer kept. */
import { BadMessage, type Stored } from '../engine.ts'
import { joinLists, orDamaged, readJoin, readRecord, readSnapshotHead, writeRecord } from './sequenced.ts'

/** @throws BadMessage, DamagedText */
export function answerJoin({ snapshot, records }: Stored, request: Uint8Array): readonly Uint8Array[] {
  const version = readJoin(request)
  return orDamaged(() => {
    const nothing = writeRecord([])
    const everything = () => [snapshot, records.length === 0 ? nothing : joinLists(records)]
    if (version === null) return everything()
    const head = readSnapshotHead(snapshot)
    const last = records.at(-1)
    const current = last === undefined ? head.version : (readRecord(last).at(-1)?.version ?? 0)
    // Ahead of us: what it has seen was stored elsewhere, and is gone.
    if (version > current || version < head.version - head.tail.length) return everything()
    const kept = head.tail.filter((each) => each.version > version)
    // Whole records, so that none has to be read; what is known of the first one is passed over by whoever gets it.
    const from = records.findIndex((_, index) => endBefore(records[index + 1], current) > version)
    const lists = [...(kept.length === 0 ? [] : [writeRecord(kept)]), ...(from < 0 ? [] : records.slice(from))]
    return [lists.length === 0 ? nothing : joinLists(lists)]
  })
}

/** The last version of the record before this one. */
function endBefore(next: Uint8Array | undefined, current: number): number {
  return next === undefined ? current : firstVersionOf(next) - 1
}

/** A record begins with "[[", the version and a comma. */
function firstVersionOf(record: Uint8Array): number {
  let [version, at] = [0, 2]
  for (let digit = digitAt(record, at); digit >= 0; digit = digitAt(record, at)) {
    version = version * 10 + digit
    at += 1
  }
  if (at === 2) throw new BadMessage('a record begins with its first version')
  return version
}

function digitAt(record: Uint8Array, at: number): number {
  const byte = record[at] ?? 0
  return byte >= 48 && byte <= 57 ? byte - 48 : -1
}
