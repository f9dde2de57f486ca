/**
 * Who is where in a document, as y-protocols' awareness has it on the wire: for each client its number, a clock that grows with
 * every state, and the state as JSON (null: gone). Everything in it was written by somebody else.
 */
import { joined, readUnsigned, unsigned } from './frames.ts'

export type PresenceEntry = { readonly client: number; readonly clock: number; readonly state: unknown }

const mostEntries = 2000

export function writePresence({ client, clock, state }: PresenceEntry): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(state))
  return joined([1, ...unsigned(client), ...unsigned(clock), ...unsigned(json.length)], json)
}

/** What can be read of it; the rest is left out. */
export function readPresence(bytes: Uint8Array): readonly PresenceEntry[] {
  const entries: PresenceEntry[] = []
  const count = readUnsigned(bytes, 0)
  let at = count?.next ?? bytes.length
  for (let left = Math.min(count?.value ?? 0, mostEntries); left > 0; left -= 1) {
    const client = readUnsigned(bytes, at)
    const clock = client === null ? null : readUnsigned(bytes, client.next)
    const length = clock === null ? null : readUnsigned(bytes, clock.next)
    if (client === null || clock === null || length === null || length.next + length.value > bytes.length) break
    at = length.next + length.value
    try {
      const state: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(length.next, at)))
      entries.push({ client: client.value, clock: clock.value, state })
    } catch {
      // Not JSON: as if nobody had said it.
    }
  }
  return entries
}
