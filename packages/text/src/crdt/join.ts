/**
 * What somebody who joins lacks. The text comes first and as it is stored, so that nothing is decoded; the last message holds only
 * deletions, or nothing. A page that calls itself synced after the last one (y-websocket does after the first answer) has it all.
 */
import * as Y from 'yjs'
import { BadMessage, type Stored } from '../engine.ts'
import { ByteReader } from './bytes.ts'
import { Deletions } from './deletions.ts'
import { deletionsOnly, emptyUpdate, mergeUpdates, writeClocks } from './update-merge.ts'
import { scanUpdate } from './update-scan.ts'

const mostClients = 1_000_000

export type Clocks = ReadonlyMap<number, number>

/** A state vector: how much of each client's writing somebody has. @throws BadMessage */
export function parseRequest(request: Uint8Array): Clocks {
  const reader = new ByteReader(request)
  const clocks = new Map<number, number>()
  const count = reader.count(2)
  if (count > mostClients) throw new BadMessage('it knows too many authors')
  for (let read = 0; read < count; read += 1) {
    const client = reader.number()
    const clock = reader.number()
    if (clock > 0) clocks.set(client, clock)
  }
  if (reader.left > 0) throw new BadMessage('bytes follow the end of the request')
  return clocks
}

/** Everything, for who has nothing. `merged`: the records as one. */
export function answerNewcomer({ snapshot, records }: Stored, merged: Uint8Array): readonly Uint8Array[] {
  return [snapshot, ...(records.length === 0 ? [] : [merged]), emptyUpdate]
}

/** `isExact`: cuts the snapshot down to what is lacking, which reads all of it; otherwise all of it is sent when a part is lacking. */
export function answerReturning({ snapshot, records }: Stored, clocks: Clocks, isExact: boolean): readonly Uint8Array[] {
  const parts = [snapshot, ...records]
  const deletions = new Deletions()
  let from = 0
  for (const part of parts) {
    const scan = scanUpdate(part)
    if (scan.blocks.some(({ client, end }) => end > (clocks.get(client) ?? 0))) break
    deletions.add(scan.deletions)
    from += 1
  }
  const start = from > 0 ? [] : [isExact ? Y.diffUpdate(snapshot, writeClocks([...clocks])) : snapshot]
  const tail = parts.slice(Math.max(1, from))
  return [...start, ...(tail.length === 0 ? [] : [mergeUpdates(tail)]), deletionsOnly(deletions)]
}
