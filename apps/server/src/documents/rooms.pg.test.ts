import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRooms } from './fixtures/open-rooms.ts'
import { TabClient } from './fixtures/tab-client.ts'

test('two tabs edit one document, and the file has what both typed', async () => {
  await using t = await openRooms()
  const { id, token, userId } = await t.project('main.py', 'print(1)\n')
  const [first, second] = [await TabClient.connect(t.port, token), await TabClient.connect(t.port, token)]
  const [one, two] = [first.open(id, 'main.py'), second.open(id, 'main.py')]
  await Promise.all([one.opened(), two.opened()])
  assert.equal(one.text, 'print(1)\n')
  assert.equal(one.message('opened')?.access, 'write')
  one.type(0, '# one\n')
  await two.until('the change is here', ({ text }) => text === '# one\nprint(1)\n')
  two.type(0, '# two\n')
  await one.until('the change is here', ({ text }) => text.startsWith('# two\n'))
  await one.until('everything is stored', ({ replica }) => replica.isSaved)
  const { content, entry } = await t.projects.readFile(id, userId, 'main.py')
  assert.equal(content.toString(), '# two\n# one\nprint(1)\n')
  assert.equal(entry.version, 2)
  first.close()
  second.close()
})
