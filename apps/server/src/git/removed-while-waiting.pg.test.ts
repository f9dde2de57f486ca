import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import { untilSomebodyWaits } from '../sharing/fixtures/held-project.ts'
import { openSharing } from '../sharing/fixtures/open-sharing.ts'
import { changeRepository } from './repository-rows.ts'

test('who is removed while their commit waits for the repository leaves none in it', async () => {
  await using t = await openSharing()
  const { id, owner, editor } = await t.company()
  const commit = (userId: string, version: number, head: string) => {
    const change = { head, refs: { [`refs/heads/${head}`]: 'a'.repeat(40) }, remoteUrl: null, pack: null, replaces: false }
    const line = { action: 'git.commit', userId, projectId: id, object: head } as const
    return changeRepository(t.db, { project: id, user: userId, version }, change, line)
  }
  assert.equal(await commit(owner.userId, 0, 'main'), true)
  let answer: Promise<unknown> | undefined
  await t.db.transaction(async (queries) => {
    await queries.query({ name: 'hold', text: 'SELECT 1 FROM projects WHERE id = $1 FOR NO KEY UPDATE', values: [id] })
    await queries.query({ name: 'hold-git', text: 'SELECT 1 FROM git_repositories WHERE project = $1 FOR UPDATE', values: [id] })
    answer = commit(editor.userId, 1, 'theirs').catch((error: unknown) => error)
    await untilSomebodyWaits(t.db)
    const values = [id, editor.userId]
    await t.db.query({ name: 'remove', text: 'DELETE FROM project_members WHERE project = $1 AND user_id = $2', values })
  })
  const refusal = await answer
  assert.ok(refusal instanceof Refusal && refusal.code === 'not-found', String(refusal))
  const { rows } = await t.db.query({ name: 'head', text: 'SELECT head, version FROM git_repositories' })
  assert.deepEqual(rows, [{ head: 'main', version: 1 }])
})
