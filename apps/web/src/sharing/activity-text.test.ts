import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activityText } from './activity-text.ts'

test('what was done in a project is told as a sentence, and what is not known as it is', () => {
  const line = (action: string, object: string | null = null, details = {}) => activityText({ action, object, details })
  assert.equal(line('project.rename', null, { name: 'Cafe' }), 'renamed the project to “Cafe”')
  assert.equal(line('file.move', 'a.py', { to: 'b/a.py' }), 'moved “a.py” to “b/a.py”')
  assert.equal(line('git.import', 'main', { from: null }), 'imported a repository')
  assert.equal(line('robot.turn-on', 'x'), 'robot: turn on “x”')
})
