/** Memory that connections and documents take while nothing happens. Each server is begun anew, so that nothing is left of before. */
import { type Figures, rounded } from './goals.ts'
import type { Load } from './load-process.ts'
import type { Contender } from './peers.ts'

const settleMs = 3000

/** `connections` idle ones, `perDocument` in each document. */
export async function idleConnections(
  open: readonly (() => Promise<Contender>)[],
  load: Load,
  { connections, perDocument }: { connections: number; perDocument: number },
): Promise<Figures> {
  const kb = new Map<string, number>()
  for (const start of open) {
    const { name, grownKb } = await grown(await start(), load, Math.ceil(connections / perDocument), perDocument)
    kb.set(name, grownKb / connections)
    console.log(
      `  ${name.padEnd(18)} ${(grownKb / connections).toFixed(1).padStart(7)} kB per connection, ${connections} of them`,
    )
  }
  const [ours, theirs] = [kb.get('ours') ?? Number.NaN, kb.get('hocuspocus') ?? Number.NaN]
  return { kbPerConnection: rounded(ours, 1), kbPerConnectionRatio: rounded(ours / theirs), connections }
}

/** Open documents with one member each, who has typed a little. */
export async function openDocuments(
  open: readonly (() => Promise<Contender>)[],
  load: Load,
  documents: number,
): Promise<Figures> {
  const kb = new Map<string, number>()
  for (const start of open) {
    const { name, grownKb } = await grown(await start(), load, documents, 1)
    kb.set(name, grownKb / documents)
    console.log(`  ${name.padEnd(18)} ${(grownKb / documents).toFixed(1).padStart(7)} kB per open document, ${documents} of them`)
  }
  const [ours, theirs] = [kb.get('ours') ?? Number.NaN, kb.get('hocuspocus') ?? Number.NaN]
  return { kbPerDocument: rounded(ours, 1), kbPerDocumentRatio: rounded(ours / theirs), documents }
}

async function grown(contender: Contender, load: Load, documents: number, members: number) {
  try {
    // Code is compiled and buffers are made with the first few.
    const warm = await contender.documents(10, 4)
    await load.tell({ do: 'connect', rooms: warm, members: 4, atOnce: 20 })
    await load.tell({ do: 'type', seconds: 2, keysPerSecond: 10, seed: 1 })
    await load.tell({ do: 'leave' })
    const addresses = await contender.documents(documents, members)
    const before = await heldKb(contender)
    await load.tell({ do: 'connect', rooms: addresses, members, atOnce: 50 })
    if (members === 1) await load.tell({ do: 'type', seconds: 2, keysPerSecond: 2, seed: 2 })
    const grownKb = (await heldKb(contender)) - before
    await load.tell({ do: 'leave' })
    return { name: contender.name, grownKb }
  } finally {
    await contender.stop()
  }
}

/** What is resident when garbage has been collected, twice, so that V8 gives back what it keeps ready. */
async function heldKb(contender: Contender): Promise<number> {
  for (let times = 0; times < 2; times += 1) {
    await new Promise((next) => setTimeout(next, settleMs))
    process.kill(contender.pid, 'SIGUSR2')
  }
  await new Promise((next) => setTimeout(next, settleMs))
  return contender.residentKb()
}
