import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Assignment, Student, StudentExecution } from '@atelier/protocol/assignments'
import { executionText, hasFailed, inOrder, withNews } from './overview.ts'

const ran = (more: Partial<StudentExecution> = {}): StudentExecution => ({
  ...{ id: 'e', state: 'ended', language: 'python', entryPoint: 'main.py', startedAt: '2026-01-01', endedAt: null },
  ...{ reason: 'exited', exitCode: 0 },
  ...more,
})
const student = (name: string, more: Partial<Student> = {}): Student => ({
  ...{ userId: name, name, projectId: name, joinedAt: '2026-01-01', lastActiveAt: '2026-01-01' },
  ...{ isOnline: false, path: null, execution: null },
  ...more,
})
const assignment = { id: 'a' } as Assignment
const names = (students: readonly Student[]) => students.map(({ name }) => name).join(' ')

test('news of one student change that student and nobody else; an overview changes everything', () => {
  const before = { assignment, students: [student('Ada'), student('Ben')] }
  const after = withNews(before, { type: 'students', students: [student('Ben', { isOnline: true }), student('Eve')] })
  assert.deepEqual(
    after?.students.map(({ name, isOnline }) => [name, isOnline]),
    [
      ['Ada', false],
      ['Ben', true],
    ],
  )
  assert.equal(withNews(null, { type: 'students', students: [student('Ada')] }), null)
  const whole = { type: 'overview' as const, assignment, students: [student('Eve')] }
  assert.equal(names(withNews(before, whole)?.students ?? []), 'Eve')
})

test('students stand as they came, by name, by activity, or with what runs and what failed first', () => {
  const all = [
    student('Cy', { execution: ran(), lastActiveAt: '2026-01-03' }),
    student('Ada', { execution: ran({ exitCode: 1 }) }),
    student('Ben', { execution: ran({ state: 'running', reason: null, exitCode: null }), lastActiveAt: '2026-01-02' }),
    student('Dee'),
  ]
  assert.equal(names(inOrder(all, 'came')), 'Cy Ada Ben Dee')
  assert.equal(names(inOrder(all, 'name')), 'Ada Ben Cy Dee')
  assert.equal(names(inOrder(all, 'active')), 'Cy Ben Ada Dee')
  assert.equal(names(inOrder(all, 'result')), 'Ben Ada Cy Dee')
})

test('what a program did is said in a few words', () => {
  assert.equal(executionText(null), 'nothing yet')
  assert.equal(executionText(ran({ state: 'running', reason: null })), 'runs main.py')
  assert.equal(executionText(ran()), 'main.py ended well')
  assert.equal(executionText(ran({ exitCode: 3 })), 'main.py ended with 3')
  assert.equal(executionText(ran({ reason: 'wall-time-limit' as never, exitCode: null })), 'main.py: wall time limit')
  assert.deepEqual([ran(), ran({ exitCode: 1 }), ran({ state: 'running' })].map(hasFailed), [false, true, false])
})
