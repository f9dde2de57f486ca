import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignmentLimits } from '@atelier/protocol/assignments'
import { mergeGuest } from '../accounts/merge-rows.ts'
import { outcome } from '../sharing/fixtures/open-sharing.ts'
import { openClassroom } from './fixtures/open-classroom.ts'

test('thirty students who come at once get thirty private forks, and coming again opens the same one', async () => {
  await using t = await openClassroom()
  const teacher = await t.guest()
  const { assignment, at, projectId } = await t.handOut(teacher)
  assert.match(assignment.token, /^atl_a_[A-Za-z0-9_-]{43}$/)
  assert.equal(assignment.path, `/assignments/${assignment.token}`)
  const students = await Promise.all(Array.from({ length: 30 }, () => t.guest()))
  // Two clicks of each at once.
  const answers = await Promise.all(
    students.flatMap((student, n) => [0, 1].map(() => t.enter(student, assignment.token, `Student ${n}`))),
  )
  assert.deepEqual([...new Set(answers.map(outcome))], ['200'])
  const forks = answers.map((answer) => answer.json())
  assert.equal(new Set(forks.map((fork) => fork.id)).size, 30)
  for (const [n, student] of students.entries()) {
    const [first, second] = [forks[2 * n], forks[2 * n + 1]]
    assert.equal(first.id, second.id)
    assert.deepEqual([first.role, first.visibility, first.name], ['owner', 'private', 'Loops'])
    assert.equal((await t.projects.readFile(first.id, student.userId, 'main.py')).content.toString(), 'print("hello")')
    assert.equal((await t.projects.readProject(first.id, teacher.userId)).role, 'viewer')
  }
  const again = await t.enter(students[3] ?? teacher, assignment.token, 'Another name')
  assert.equal(again.json().id, forks[6].id)
  const { rows } = await t.db.query<{ n: number }>({
    name: 'forks',
    text: 'SELECT count(*)::int AS n FROM projects WHERE fork_of = $1',
    values: [projectId],
  })
  assert.equal(rows[0]?.n, 30, 'no fork is left over')
  const overview = (await teacher.request('GET', `${at}/overview`)).json()
  assert.equal(overview.students.length, 30)
  assert.equal(overview.assignment.students, 30)
  assert.deepEqual(
    (await t.projects.listProjects(teacher.userId, { limit: 50 })).items.map((each) => each.id),
    [projectId],
  )
})

test('students see neither each other nor the project, the overview or the assignment of their teacher', async () => {
  await using t = await openClassroom()
  const [teacher, ada, ben] = await Promise.all([t.guest(), t.guest(), t.guest()])
  const { assignment, at, projectId } = await t.handOut(teacher, { teacherRole: 'editor' })
  const own = (await t.enter(ada, assignment.token, 'Ada')).json()
  const other = (await t.enter(ben, assignment.token, 'Ben')).json()
  assert.deepEqual(own.forkOf, { origin: null })
  for (const path of [`/api/v1/projects/${other.id}`, `/api/v1/projects/${other.id}/members`, `/api/v1/projects/${projectId}`])
    assert.equal(outcome(await ada.request('GET', path)), '404 not-found', path)
  for (const [method, path] of [
    ['GET', at],
    ['PATCH', at],
    ['DELETE', at],
    ['POST', `${at}/link`],
    ['DELETE', `${at}/link`],
    ['GET', `${at}/overview`],
  ] as const) {
    const more = method === 'PATCH' ? t.json({ isTaking: false }) : {}
    assert.equal(outcome(await ada.request(method, path, more)), '404 not-found', `${method} ${path}`)
    assert.equal(outcome(await t.app.inject({ method, url: path, ...more } as never)), '404 not-found', 'without a session')
  }
  await assert.rejects(t.watch(assignment.id, ada.userId), /no such assignment/)
  for (const [method, more] of [
    ['GET', {}],
    ['POST', t.json({})],
  ] as const)
    assert.equal(outcome(await ada.request(method, `/api/v1/projects/${projectId}/assignments`, more)), '404 not-found')
  const link = await t.share(teacher, projectId, 'editor')
  await t.join(ben, link.token)
  assert.equal(outcome(await ben.request('POST', `/api/v1/projects/${projectId}/assignments`, t.json({}))), '403 forbidden')
  assert.equal(outcome(await ben.request('GET', `${at}/overview`)), '404 not-found', 'an editor of the project is no teacher')
})

test('a student owns the fork, but can neither remove the teacher nor give them another role', async () => {
  await using t = await openClassroom()
  const [teacher, ada] = await Promise.all([t.guest(), t.guest()])
  const { assignment, at } = await t.handOut(teacher)
  const fork = (await t.enter(ada, assignment.token, 'Ada')).json()
  const members = (await ada.request('GET', `/api/v1/projects/${fork.id}/members`)).json().items
  assert.deepEqual(
    members.map((each: { role: string }) => each.role),
    ['owner', 'viewer'],
  )
  const member = `/api/v1/projects/${fork.id}/members/${teacher.userId}`
  for (const answer of [
    await ada.request('DELETE', member),
    await ada.request('PATCH', member, t.json({ role: 'editor' })),
    await teacher.request('DELETE', member),
    await teacher.request('PATCH', `/api/v1/projects/${fork.id}`, t.json({ name: 'Mine' })),
    await teacher.request('DELETE', `/api/v1/projects/${fork.id}`),
  ])
    assert.equal(outcome(answer), '403 forbidden')
  assert.equal(outcome(await teacher.request('PATCH', at, t.json({ teacherRole: 'editor' }))), '200')
  assert.equal((await t.projects.readProject(fork.id, teacher.userId)).role, 'editor')
  assert.equal(outcome(await teacher.request('DELETE', at)), '204')
  assert.equal(outcome(await teacher.request('GET', `/api/v1/projects/${fork.id}`)), '404 not-found')
  assert.equal((await t.projects.readProject(fork.id, ada.userId)).role, 'owner')
})

test('an assignment that is closed, has expired or whose link was revoked takes no new students', async () => {
  await using t = await openClassroom()
  const [teacher, ada, ben] = await Promise.all([t.guest(), t.guest(), t.guest()])
  const { assignment, at, projectId } = await t.handOut(teacher, { expiresInHours: 2 })
  assert.equal(Date.parse(assignment.expiresAt ?? '') - Date.parse(assignment.createdAt), 2 * 3600 * 1000)
  const fork = (await t.enter(ada, assignment.token, 'Ada')).json()
  const closed = (await teacher.request('PATCH', at, t.json({ isTaking: false }))).json()
  assert.deepEqual([closed.isTaking, closed.hasLink, closed.students], [false, true, 1])
  assert.equal(outcome(await t.enter(ben, assignment.token, 'Ben')), '403 forbidden')
  assert.equal((await t.enter(ada, assignment.token, 'Ada')).json().id, fork.id)
  await teacher.request('PATCH', at, t.json({ isTaking: true }))
  const expire = `UPDATE assignments SET expires_at = now() - interval '1 second' WHERE id = $1`
  await t.db.query({ name: 'expire', text: expire, values: [assignment.id] })
  assert.equal(outcome(await t.enter(ben, assignment.token, 'Ben')), '403 forbidden')
  assert.equal((await teacher.request('PATCH', at, t.json({ expiresInHours: null }))).json().isTaking, true)
  const renewed = (await teacher.request('POST', `${at}/link`)).json()
  assert.equal(outcome(await t.enter(ben, assignment.token, 'Ben')), '404 not-found')
  assert.equal(outcome(await t.enter(ben, renewed.token, 'Ben')), '200')
  assert.equal(outcome(await teacher.request('DELETE', `${at}/link`)), '204')
  for (const student of [ada, ben]) assert.equal(outcome(await t.enter(student, renewed.token, 'X')), '404 not-found')
  assert.equal((await t.projects.readProject(fork.id, ada.userId)).role, 'owner', 'the fork stays')
  const { rows } = await t.db.query<{ n: number }>({
    name: 'forks',
    text: 'SELECT count(*)::int AS n FROM projects WHERE fork_of = $1',
    values: [projectId],
  })
  assert.equal(rows[0]?.n, 2, 'who was refused left no fork')
})

test('bad tokens, bad names and one’s own assignment are refused, and cost nobody a session', async () => {
  await using t = await openClassroom()
  const [teacher, ada] = await Promise.all([t.guest(), t.guest()])
  const { assignment, at } = await t.handOut(teacher)
  for (const token of ['x', `${assignment.token}x`, assignment.token.slice(0, -1), "' OR 1=1"])
    assert.equal(outcome(await t.enter(ada, encodeURIComponent(token), 'Ada')), '404 not-found', token)
  const guessed = `${assignment.token.slice(0, -1)}${assignment.token.endsWith('A') ? 'B' : 'A'}`
  const url = `/api/v1/assignment-links/${guessed}/join`
  const answer = await t.app.inject({ method: 'POST', url, ...t.json({ name: 'Eve' }) })
  assert.deepEqual([outcome(answer), answer.headers['set-cookie']], ['404 not-found', undefined])
  for (const name of ['', '  ', 'x'.repeat(41), 'a\nb', 'a\u202eb', '\u200b', 7, null])
    assert.equal(
      outcome(await ada.request('POST', `/api/v1/assignment-links/${assignment.token}/join`, t.json({ name }))),
      '400 invalid-request',
    )
  assert.equal(outcome(await t.enter(teacher, assignment.token, 'Me')), '403 forbidden')
  for (const bad of [
    {},
    { teacherRole: 'owner' },
    { students: [] },
    { expiresInHours: 0 },
    { expiresInHours: assignmentLimits.linkHours + 1 },
  ])
    assert.equal(outcome(await teacher.request('PATCH', at, t.json(bad))), '400 invalid-request')
  const evil = `<img src=x onerror=alert(1)>'"`
  assert.equal(outcome(await t.enter(ada, assignment.token, evil)), '200')
  const overview = await teacher.request('GET', `${at}/overview`)
  assert.match(String(overview.headers['content-type']), /^application\/json/)
  assert.equal(overview.json().students[0].name, evil)
})

test('a project has so many assignments, an assignment so many students, and no more', async () => {
  await using t = await openClassroom()
  const [teacher, late] = await Promise.all([t.guest(), t.guest()])
  const { assignment, projectId } = await t.handOut(teacher)
  await t.db.query({
    name: 'crowd',
    text: `WITH u AS (INSERT INTO users (id, kind) SELECT gen_random_uuid(), 'guest' FROM generate_series(1, $3) RETURNING id),
                p AS (INSERT INTO projects (id, owner, name) SELECT gen_random_uuid(), id, 'x' FROM u RETURNING id, owner)
           INSERT INTO assignment_students (assignment, user_id, project, teacher, name) SELECT $1, owner, id, $2, 'x' FROM p`,
    values: [assignment.id, teacher.userId, assignmentLimits.students],
  })
  assert.equal(outcome(await t.enter(late, assignment.token, 'Late')), '413 too-large')
  const more = () => teacher.request('POST', `/api/v1/projects/${projectId}/assignments`, t.json({}))
  for (let n = 1; n < assignmentLimits.perProject; n++) assert.equal(outcome(await more()), '201')
  assert.equal(outcome(await more()), '413 too-large')
  const listed = (await teacher.request('GET', `/api/v1/projects/${projectId}/assignments`)).json().items
  assert.equal(listed.length, assignmentLimits.perProject)
  assert.ok(listed.every((each: object) => !('token' in each)))
})

test('a student’s fork takes room of the student, and who has no room for anything more still gets the fork they have', async () => {
  await using t = await openClassroom('{"guest": {"storageBytes": 10000}}')
  const [teacher, early, late] = [await t.guest(), await t.guest(), await t.guest()]
  const { assignment, projectId } = await t.handOut(teacher)
  const fork = (await t.enter(early, assignment.token, 'Early')).json().id
  await t.projects.saveFile(projectId, teacher.userId, 'large.txt', Buffer.alloc(6000, 'x'))
  for (const student of [early, late]) {
    const { id } = await t.projects.createProject(student.userId, 'Mine')
    await t.projects.saveFile(id, student.userId, 'mine.txt', Buffer.alloc(9000, 'x'))
  }
  const refused = await t.enter(late, assignment.token, 'Late')
  assert.equal(refused.statusCode, 413)
  assert.match(refused.json().detail, /together may have 9 KB \(the tier "guest"\)/)
  assert.equal((await t.enter(early, assignment.token, 'Early')).json().id, fork)
})

test('a student who signs in to an account keeps the fork; who was in the class as both keeps one place and both projects', async () => {
  await using t = await openClassroom()
  const [teacher, guest, twice, account] = await Promise.all([t.guest(), t.guest(), t.guest(), t.guest()])
  const { assignment, at } = await t.handOut(teacher)
  const fork = (await t.enter(guest, assignment.token, 'Ada')).json()
  const other = (await t.enter(twice, assignment.token, 'Ada again')).json()
  await t.db.transaction((queries) => mergeGuest(queries, guest.userId, account.userId))
  assert.equal((await t.enter(account, assignment.token, 'Ada')).json().id, fork.id)
  await t.db.transaction((queries) => mergeGuest(queries, twice.userId, account.userId))
  assert.equal((await t.enter(account, assignment.token, 'Ada')).json().id, fork.id)
  assert.equal((await t.projects.readProject(other.id, account.userId)).role, 'owner')
  const { students } = (await teacher.request('GET', `${at}/overview`)).json()
  assert.deepEqual(
    students.map((each: { projectId: string }) => each.projectId),
    [fork.id],
  )
  assert.equal(outcome(await teacher.request('GET', `/api/v1/projects/${other.id}`)), '404 not-found')
})
