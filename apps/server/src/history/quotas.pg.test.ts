import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newProject, openHistoryApp, projectOf } from './fixtures/open-history-app.ts'

const tiers = '{"guest": {"storageBytes": 10000, "filesPerProject": 6}}'
const full = /together may have 9 KB \(the tier "guest"\)/

/** A project, and another one of the same person that takes what is left. */
async function open() {
  const t = await openHistoryApp(undefined, undefined, tiers)
  const project = await newProject(t)
  const other = projectOf(t, (await t.projects.createProject(project.person.userId, 'y')).id, project.person)
  return { t, project, other, [Symbol.asyncDispose]: () => t[Symbol.asyncDispose]() }
}

test('what comes back takes room of the project’s owner: a version, a deleted file, a snapshot; what takes none comes back at any time', async () => {
  await using p = await open()
  const { project, other } = p
  const bytes = async () =>
    (await p.t.db.query({ name: 'sum', text: 'SELECT sum(used_bytes)::int AS bytes FROM projects' })).rows[0]
  await project.put('a.txt', 'a'.repeat(6000))
  await project.put('b.txt', 'b'.repeat(3000))
  const snapshot = (await project.request('POST', '/snapshots', { name: 'Both' })).json()
  await project.put('b.txt', 'b'.repeat(100))
  await project.remove('a.txt')
  const [deleted] = (await project.request('GET', '/deleted-files')).json().items
  await other.put('c.txt', 'c'.repeat(5000))

  const asked = {
    version: () => project.request('POST', '/restore', { path: 'b.txt', version: 1 }),
    file: () => project.request('POST', '/restore', { path: 'a.txt', file: deleted.file }),
    snapshot: () => project.request('POST', `/snapshots/${snapshot.id}/restore`),
  }
  for (const [name, ask] of Object.entries({ file: asked.file, snapshot: asked.snapshot })) {
    const refused = await ask()
    assert.deepEqual([refused.statusCode, refused.json().code], [413, 'too-large'], name)
    assert.match(refused.json().detail, full)
  }
  assert.deepEqual(await bytes(), { bytes: 5100 })
  assert.equal((await project.request('GET', '/deleted-files')).json().items.length, 1, 'nothing came back')
  await other.put('c.txt', 'c'.repeat(9900))
  assert.match((await asked.version()).json().detail, full)
  await other.put('c.txt', 'c'.repeat(1000))
  assert.equal((await asked.snapshot()).statusCode, 200)
  assert.deepEqual(await bytes(), { bytes: 10_000 })

  await project.put('d.txt', '')
  const small = (await project.request('POST', '/snapshots', { name: 'Full' })).json()
  await p.t.db.query({
    name: 'less',
    text: `UPDATE projects SET used_bytes = used_bytes + 90000 WHERE id = $1`,
    values: [other.id],
  })
  assert.equal((await project.request('POST', `/snapshots/${small.id}/restore`)).statusCode, 200, 'as large as before')
})

test('what comes back at once does not pass the limit together', async () => {
  await using p = await open()
  const { project, other } = p
  const snapshots: string[] = []
  for (const each of [project, other]) {
    await each.put('a.txt', 'a'.repeat(6000))
    snapshots.push((await each.request('POST', '/snapshots', { name: 'Large' })).json().id)
    await each.remove('a.txt')
  }
  const answers = await Promise.all([project, other].map((each, n) => each.request('POST', `/snapshots/${snapshots[n]}/restore`)))
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 413])
})

test('a snapshot with more files than the tier allows does not come back', async () => {
  await using p = await open()
  const { project } = p
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await project.put(name, '')
  const { id } = (await project.request('POST', '/snapshots', { name: 'Six' })).json()
  for (const name of ['a', 'b']) await project.remove(name)
  for (const name of ['g', 'h']) await project.put(name, '')
  assert.equal((await project.request('POST', `/snapshots/${id}/restore`)).statusCode, 200, 'as many as before')
  const [{ file }] = (await project.request('GET', '/deleted-files')).json().items
  const refused = await project.request('POST', '/restore', { path: 'g', file })
  assert.match(refused.json().detail, /at most 6 files and folders/)
})
