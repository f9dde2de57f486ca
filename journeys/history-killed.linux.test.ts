/** Server and database are killed while people save: the history has what was acknowledged, byte for byte. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { FileEntry } from '@atelier/protocol/files'
import { FileVersionPage } from '@atelier/protocol/history'
import { Guest } from './guest.ts'
import { letIn } from './guest-page.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'

const dataFolder = mkdtempSync(join(tmpdir(), 'atelier-journey-'))
after(() => rmSync(dataFolder, { recursive: true, force: true }))

const savesBeforeKill = 40
const line = 'what people save resembles what they saved before\n'.repeat(30)

test('kill -9 of the server, then of server and database, in the middle of saves: every acknowledged version is there', async () => {
  const tokens: string[] = []
  const acknowledged = new Map<number, string>()
  /** The version before a save without an answer: the next save may be of the same author, and replace it. */
  const mergeable = new Set<number>()
  let id = ''
  let round = 0

  async function saveUntilKilled(server: ServerUnderTest, killsDatabase: boolean): Promise<void> {
    let saved = 0
    let last = 0
    for (;;) {
      round += 1
      const content = `${line}${round}`
      const who = new Guest(server.url, tokens[round % 2] ?? '')
      if (saved === savesBeforeKill) kill(server, killsDatabase)
      try {
        const response = await who.ask(`/api/v1/projects/${id}/files/main.py`, { method: 'PUT', body: content })
        const text = await response.text()
        if (!response.ok) throw new Error(text)
        last = FileEntry.parse(JSON.parse(text)).version
        acknowledged.set(last, content)
        saved += 1
      } catch (error) {
        if (saved < savesBeforeKill) throw error
        mergeable.add(last)
        return
      }
    }
  }

  for (const killsDatabase of [false, true]) {
    await using server = await startServer({ dataFolder })
    if (id === '') {
      const [ada, bob] = [await Guest.of(server), await Guest.of(server)]
      tokens.push(ada.token, bob.token)
      const made = await ada.ask('/api/v1/projects', { json: { name: 'Killed' } })
      id = ((await made.json()) as { id: string }).id
      await letIn(ada, id, bob)
    }
    await saveUntilKilled(server, killsDatabase)
    await server.end('SIGKILL')
  }

  await using server = await startServer({ dataFolder })
  const ada = new Guest(server.url, tokens[0] ?? '')
  const at = `/api/v1/projects/${id}/history/main.py`
  const listed = new Set<number>()
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: FileVersionPage = FileVersionPage.parse(await (await ada.ask(`${at}?limit=100${cursor}`)).json())
    for (const { version } of page.items) listed.add(version)
    cursor = page.nextCursor === null ? null : `&cursor=${page.nextCursor}`
  }
  assert.ok(acknowledged.size >= 2 * savesBeforeKill)
  for (const [version, content] of acknowledged) {
    if (!listed.has(version) && mergeable.has(version)) continue
    assert.ok(listed.has(version), `version ${version} of ${acknowledged.size}`)
    assert.equal(await (await ada.ask(`${at}?version=${version}`)).text(), content)
  }
})

function kill(server: ServerUnderTest, killsDatabase: boolean): void {
  const pidFile = join(dataFolder, 'postgres/cluster/data/postmaster.pid')
  const database = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
  process.kill(server.pid, 'SIGKILL')
  if (killsDatabase) process.kill(database, 'SIGKILL')
}
