import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Execution } from '@atelier/protocol/executions'
import type { Person } from '@atelier/protocol/presence'
import { v7 as uuidv7 } from 'uuid'
import { openClassroom } from './fixtures/open-classroom.ts'

const person = (userId: string, path: string | null): Person => ({
  ...{ connection: userId, userId, name: 'x', role: 'owner', colour: 0, path, activity: null },
})

const execution = (projectId: string, more: Partial<Execution> = {}): Execution =>
  ({
    ...{ id: uuidv7(), state: 'running', projectId, language: 'python', entryPoint: 'main.py', isolation: 'container' },
    ...{ limits: {}, createdAt: new Date().toISOString(), startedAt: new Date().toISOString(), endedAt: null, result: null },
    ...more,
  }) as Execution

test('a teacher who looks at the overview hears who comes, what they open and what their programs do', async () => {
  await using t = await openClassroom()
  const [teacher, ada, ben] = await Promise.all([t.guest(), t.guest(), t.guest()])
  const { assignment } = await t.handOut(teacher)
  const fork = (await t.enter(ada, assignment.token, 'Ada')).json()
  const seen = await t.watch(assignment.id, teacher.userId)
  const [first] = seen.heard
  assert.ok(first?.type === 'overview')
  assert.deepEqual(
    first.students.map(({ name, isOnline, path, execution }) => ({ name, isOnline, path, execution })),
    [{ name: 'Ada', isOnline: false, path: null, execution: null }],
  )
  const last = () => seen.heard.at(-1)?.students.find((student) => student.name === 'Ada')

  t.people.set(fork.id, [person(teacher.userId, 'README.md'), person(ada.userId, 'main.py')])
  t.tellers.people?.(fork.id)
  await seen.until(() => last()?.path === 'main.py')
  assert.equal(last()?.isOnline, true)

  const running = execution(fork.id)
  t.tellers.executions?.(teacher.userId, execution(fork.id))
  t.tellers.executions?.(ada.userId, running)
  await seen.until(() => last()?.execution !== null)
  assert.deepEqual(
    [last()?.execution?.id, last()?.execution?.state],
    [running.id, 'running'],
    'a run of the teacher is not the student’s',
  )
  const result = { reason: 'exited', exitCode: 3 } as unknown as NonNullable<Execution['result']>
  t.tellers.executions?.(ada.userId, { ...running, state: 'ended', endedAt: new Date().toISOString(), result })
  await seen.until(() => last()?.execution?.exitCode === 3)
  assert.equal(last()?.execution?.reason, 'exited')

  await t.enter(ben, assignment.token, 'Ben')
  await seen.until(() => seen.heard.at(-1)?.students.some((student) => student.name === 'Ben') === true)
  t.people.delete(fork.id)
  t.tellers.people?.(fork.id)
  await seen.until(() => last()?.isOnline === false)
  seen.stop()
  const count = seen.heard.length
  t.tellers.executions?.(ada.userId, execution(fork.id))
  t.tellers.people?.(fork.id)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(seen.heard.length, count)
})

test('many changes at once are one message, and a slow page gets the whole when it has room again', async () => {
  await using t = await openClassroom()
  const [teacher, ada] = await Promise.all([t.guest(), t.guest()])
  const { assignment } = await t.handOut(teacher)
  const fork = (await t.enter(ada, assignment.token, 'Ada')).json()
  const seen = await t.watch(assignment.id, teacher.userId)
  for (let n = 0; n < 100; n++) t.tellers.executions?.(ada.userId, execution(fork.id))
  seen.fill()
  await seen.until(() => seen.heard.length === 2)
  for (let n = 0; n < 3; n++) t.tellers.executions?.(ada.userId, execution(fork.id, { entryPoint: 'last.py' }))
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.equal(seen.heard.length, 2, 'nothing is piled up for it')
  seen.drain()
  await seen.until(() => seen.heard.length === 3)
  const whole = seen.heard[2]
  assert.equal(whole?.type, 'overview')
  assert.equal(whole?.students[0]?.execution?.entryPoint, 'last.py')
})

test('the overview ends with the assignment, and when the project is deleted', async () => {
  await using t = await openClassroom()
  const teacher = await t.guest()
  const { assignment, at, projectId } = await t.handOut(teacher)
  const seen = await t.watch(assignment.id, teacher.userId)
  await teacher.request('PATCH', at, t.json({ isTaking: false }))
  await seen.until(() => {
    const news = seen.heard.at(-1)
    return news?.type === 'overview' && !news.assignment.isTaking
  })
  await teacher.request('DELETE', at)
  await seen.until(() => seen.ends.length === 1)
  const second = (await teacher.request('POST', `/api/v1/projects/${projectId}/assignments`, t.json({}))).json()
  const also = await t.watch(second.id, teacher.userId)
  await t.projects.deleteProject(projectId, teacher.userId)
  await also.until(() => also.ends.length === 1)
  assert.match(also.ends[0] ?? '', /no such assignment/)
})
