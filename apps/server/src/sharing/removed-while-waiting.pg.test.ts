import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilSomebodyWaits } from './fixtures/held-project.ts'
import { type Guest, openSharing, outcome } from './fixtures/open-sharing.ts'

type Sharing = Awaited<ReturnType<typeof openSharing>>

test('who is removed, or may only look on, while their request waits for the project changes nothing in it any more', async () => {
  await using t = await openSharing()
  const { id, address, editor } = await t.company()
  const requests = [
    () => editor.request('POST', `${address}/folders`, { payload: { path: 'mine' } }),
    () => editor.request('PUT', `${address}/files/mine.py`, { payload: 'x' }),
    () => editor.request('PUT', `${address}/files/main.py`, { payload: 'x' }),
    () => editor.request('POST', `${address}/move`, { payload: { from: 'main.py', to: 'mine.py' } }),
    () => editor.request('DELETE', `${address}/files/main.py`),
  ]
  const membership = (text: string) => t.db.query({ name: text.slice(0, 30), text, values: [id, editor.userId] })
  for (const [change, expected] of [
    ['DELETE FROM project_members WHERE project = $1 AND user_id = $2', '404 not-found'],
    [`UPDATE project_members SET role = 'viewer' WHERE project = $1 AND user_id = $2`, '403 forbidden'],
  ] as const)
    for (const ask of requests) {
      await membership(
        `INSERT INTO project_members VALUES ($1, $2, 'editor') ON CONFLICT (project, user_id) DO UPDATE SET role = 'editor'`,
      )
      const answer = await whileHeld(t, id, ask, () => membership(change))
      assert.equal(outcome(answer), expected)
    }
  const { rows } = await t.db.query({ name: 'paths', text: 'SELECT path, version FROM files WHERE project = $1', values: [id] })
  assert.deepEqual(rows, [{ path: 'main.py', version: 1 }])
})

/** Somebody else holds the project while `ask` comes; `change` happens before they let go. */
async function whileHeld(t: Sharing, id: string, ask: () => ReturnType<Guest['request']>, change: () => Promise<unknown>) {
  let answer: ReturnType<Guest['request']> | undefined
  await t.db.transaction(async (queries) => {
    await queries.query({ name: 'hold', text: 'SELECT 1 FROM projects WHERE id = $1 FOR NO KEY UPDATE', values: [id] })
    answer = ask()
    // Sent now, not when it is waited for.
    answer.catch(() => {})
    await untilSomebodyWaits(t.db)
    await change()
  })
  if (answer === undefined) throw new Error('nothing was asked')
  return answer
}
