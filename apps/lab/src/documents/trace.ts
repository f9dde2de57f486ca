/**
 * A long recording of one person writing: every key of it. Read from a file in the format of the public collection
 * josephg/editing-traces (sequential traces), or generated from a seed in the shape of the best-known one of them.
 */
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { Doc } from 'yjs'
import { seeded } from './random.ts'

export type Patch = readonly [at: number, removed: number, inserted: string]
export type Trace = { readonly name: string; readonly patches: readonly Patch[] }

const generatedOperations = 260_000

export async function loadTrace(file: string | undefined): Promise<Trace> {
  if (file === undefined) return { name: `generated from seed 1, ${generatedOperations} operations`, patches: generate(1) }
  const bytes = await readFile(file)
  const json = JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as {
    startContent: string
    txns: { patches: Patch[] }[]
  }
  const patches = json.txns.flatMap((one) => one.patches)
  return { name: 'a recorded one', patches: json.startContent === '' ? patches : [[0, 0, json.startContent], ...patches] }
}

/** Runs of typing, three characters in ten taken back, and now and then another place: 105 k characters are left of 260 k keys. */
function generate(seed: number): Patch[] {
  const random = seeded(seed)
  const patches: Patch[] = []
  let [length, at] = [0, 0]
  while (patches.length < generatedOperations) {
    if (random() < 0.3) at = Math.floor(random() * (length + 1))
    else at = length
    const isTyping = at < 2 || random() < 0.72
    for (let run = 1 + Math.floor(random() * 60); run > 0 && patches.length < generatedOperations; run -= 1) {
      if (isTyping) {
        patches.push([at, 0, random() < 0.17 ? ' ' : String.fromCharCode(97 + Math.floor(random() * 26))])
        at += 1
        length += 1
      } else if (at > 0) {
        at -= 1
        length -= 1
        patches.push([at, 1, ''])
      }
    }
  }
  return patches
}

/** Writes each operation as the update that a page would send, behind its length. Resolves with the text in the end. */
export async function writeUpdates({ patches }: Trace, file: string, root: string): Promise<string> {
  const doc = new Doc()
  const text = doc.getText(root)
  const out = createWriteStream(file)
  doc.on('update', (update: Uint8Array) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(update.length)
    out.write(length)
    out.write(update)
  })
  for (const [at, removed, inserted] of patches)
    doc.transact(() => {
      if (removed > 0) text.delete(at, removed)
      if (inserted !== '') text.insert(at, inserted)
    })
  await new Promise<void>((done) => out.end(done))
  return text.toString()
}
