// How much 100 versions of a 100 KB file take on the disk, beside the same versions compressed each alone
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, deflateRaw, zstdCompress } from 'node:zlib'
import { seeded } from '../documents/random.ts'
import { openServerDatabase } from '../saves/server-database.ts'
import { startServerProcess } from '../server-process.ts'
import { median, percentile } from '../statistics.ts'

const versions = 100
const bytes = 100 * 1024
/** The chore that packs versions runs every half minute. */
const packedWithinMs = 120_000

/** Program text as people write it, and what a lesson does to it: each version changes a few lines and adds some. */
function texts(): Buffer[] {
  const random = seeded(1)
  const folder = import.meta.dirname
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  const all = [folder, join(folder, '../documents'), join(folder, '../faults')].flatMap((each) =>
    (each === folder ? sources : readdirSync(each).filter((name) => name.endsWith('.ts'))).map((name) =>
      readFileSync(join(each, name), 'utf8'),
    ),
  )
  const words = all.join('\n').split('\n')
  const lines = all.join('\n').repeat(3).slice(0, bytes).split('\n')
  const pick = (count: number): number => Math.floor(random() * count)
  return Array.from({ length: versions }, (_, version) => {
    for (let edit = 0; edit < 5; edit++) {
      const line = `${words[pick(words.length)] ?? ''} // ${version}.${edit} ${random().toString(36).slice(2)}`
      lines.splice(pick(lines.length), edit % 2, line)
    }
    return Buffer.from(lines.join('\n'))
  })
}

const server = await startServerProcess({ ATELIER_TOOLCHAIN: 'off', ATELIER_WARM_SANDBOXES: '0', LOG_LEVEL: 'warn' })
try {
  const ask = async (path: string, method: string, token: string | null, body?: string | Buffer, type?: string) => {
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(type === undefined ? {} : { 'content-type': type }),
    }
    const response = await fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body }) })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
  const json = 'application/json'
  const session = async () => ((await (await ask('/api/v1/sessions', 'POST', null)).json()) as { token: string }).token
  const [ada, bob] = [await session(), await session()]
  const { id } = (await (await ask('/api/v1/projects', 'POST', ada, '{"name":"history"}', json)).json()) as { id: string }
  const link = await ask(`/api/v1/projects/${id}/share-links`, 'POST', ada, '{"role":"editor"}', json)
  await ask(`/api/v1/share-links/${((await link.json()) as { token: string }).token}/join`, 'POST', bob)

  const contents = texts()
  const file = `/api/v1/projects/${id}/files/lesson.ts`
  // Two people in turn: each save is a version of its own, without a wait of ten seconds.
  for (const [version, content] of [...contents, Buffer.from('the end')].entries())
    await ask(file, 'PUT', version % 2 === 0 ? ada : bob, content)

  await using database = await openServerDatabase(server.dataFolder)
  const deadline = performance.now() + packedWithinMs
  for (;;) {
    const [row] = await database.query<{ fresh: number }>('SELECT count(*)::integer AS fresh FROM file_versions WHERE fresh')
    if (row?.fresh === 0) break
    if (performance.now() > deadline) throw new Error(`${row?.fresh} versions are not packed after ${packedWithinMs / 1000} s`)
    await new Promise((next) => setTimeout(next, 500))
  }
  const [kept] = await database.query<{ versions: number; stored: number; wholes: number; blob_bytes: number }>(`
    SELECT count(*)::integer AS versions, coalesce(sum(length(content)), 0)::integer AS stored,
           count(*) FILTER (WHERE base IS NULL)::integer AS wholes,
           coalesce(sum(size) FILTER (WHERE encoding = 'blob'), 0)::integer AS blob_bytes FROM file_versions`)
  if (kept?.versions !== versions) throw new Error(`${kept?.versions} versions are kept, not ${versions}`)

  const latenciesMs: number[] = []
  for (const [index, content] of contents.entries()) {
    const startedAt = performance.now()
    const read = await ask(`/api/v1/projects/${id}/history/lesson.ts?version=${index + 1}`, 'GET', ada)
    const got = Buffer.from(await read.arrayBuffer())
    latenciesMs.push(performance.now() - startedAt)
    if (sum(got) !== sum(content)) throw new Error(`version ${index + 1} is not what was saved`)
  }

  const zstd = await total(contents, (each) =>
    promisify(zstdCompress)(each, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
  )
  const deflate = await total(contents, (each) => promisify(deflateRaw)(each))
  const alone = Math.min(zstd, deflate)
  // A blob is stored as it is.
  const stored = kept.stored + kept.blob_bytes
  const kilobytes = (count: number): string => `${(count / 1024).toFixed(0).padStart(8)} KB`
  console.log(`\n${versions} versions of ${(contents[0]?.length ?? 0) / 1024} KB of program text, five lines changed in each`)
  console.log(`plain                     ${kilobytes(contents.reduce((all, each) => all + each.length, 0))}`)
  console.log(`each alone, deflate       ${kilobytes(deflate)}`)
  console.log(`each alone, zstd level 3  ${kilobytes(zstd)}`)
  console.log(`history                   ${kilobytes(stored)}   ${kept.wholes} whole, ${versions - kept.wholes} deltas`)
  console.log(`reading one: p50 ${median(latenciesMs).toFixed(1)} ms, p99 ${percentile(latenciesMs, 0.99).toFixed(1)} ms`)
  console.log(
    `\n${JSON.stringify({ storedBytes: stored, aloneBytes: alone, ratio: Number((stored / alone).toFixed(3)), readP50Ms: Number(median(latenciesMs).toFixed(1)) })}`,
  )
} finally {
  await server.stop()
}

async function total(contents: readonly Buffer[], pack: (content: Buffer) => Promise<Buffer>): Promise<number> {
  let all = 0
  for (const content of contents) all += (await pack(content)).length
  return all
}

function sum(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
