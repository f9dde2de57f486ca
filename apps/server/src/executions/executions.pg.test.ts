import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import { ExecutionRequest, type ExecutionResult } from '@atelier/protocol/executions'
import type { Language } from '@atelier/protocol/languages'
import type { Database, Statement } from '@atelier/storage/db/database'
import { testDatabase } from '@atelier/storage/db/test-database'
import { v7 as uuidv7 } from 'uuid'
import { Admission } from './admission.ts'
import { findExecution } from './execution-rows.ts'
import { Executions } from './executions.ts'
import { type ScriptedProgram, scriptedSandboxes } from './fixtures/scripted-sandbox.ts'
import { makePartitions } from './partitions.ts'

const limits = { cpuMs: 1000, wallMs: 1000, memoryBytes: 2 ** 28, processes: 8, diskBytes: 2 ** 20, outputBytes: 2 ** 20 }
const python: Language = {
  ...{ id: 'python', name: 'Python', version: '3', extensions: ['.py'], entryPoint: 'main.py', editorLanguage: 'python' },
  ...{ compiled: false, wanted: true, available: true, reason: null, remedy: null },
}
const request = ExecutionRequest.parse({ files: [{ path: 'main.py', content: '' }] })
const [ada, bob] = [uuidv7(), uuidv7()]
const never = new AbortController().signal

const isRefusal =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code

/** Executions whose programs do what `script` says; `places` at once. */
async function executionsOn(db: Database, script: (program: ScriptedProgram) => void, places = 2) {
  await makePartitions(db, Date.now())
  const sandboxes = scriptedSandboxes(script)
  const executions = new Executions({
    egress: null,
    ...{ db, log: silentLog, now: Date.now, serverKey: 1, keptBytes: 1000 },
    isolations: { choose: (asked = 'container') => ({ level: asked, sandboxes, canShow: () => true, checkPlan: () => {} }) },
    admission: new Admission({ atOnce: places, perUser: places, queueLength: 10, waitMs: 5000 }, Date.now),
    limits: { usual: limits, most: limits },
    projects: { readAllFiles: async () => [] },
    compiled: { find: async () => null, keep: async () => {} },
    languages: {
      list: () => [python],
      plan: ({ entryPoint, environment, files, limits }) => ({
        compile: null,
        run: () => ({
          spec: { root: { kind: 'host' }, warmth: 'python' },
          program: { argv: [entryPoint], environment, files, limits },
        }),
      }),
    },
  })
  return { executions, sandboxes }
}

/** Resolves when the followed execution has ended. */
async function endOf(executions: Executions, userId: string, id: string): Promise<ExecutionResult> {
  const source = await executions.follow(userId, id)
  if (!source.complete)
    await new Promise<void>((resolve) => {
      const stop = source.onChange(() => {
        if (!source.complete) return
        stop()
        resolve()
      })
    })
  const last = source.read(0).at(-1)?.event
  if (last?.type !== 'end') throw new Error('it did not end')
  return last.result
}

/** The database, but statements of this name fail as long as `isAway` says so. */
const failing = (db: Database, name: string, isAway: () => boolean): Database => ({
  ...db,
  query: <Row extends object>(statement: Statement) =>
    statement.name === name && isAway()
      ? Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED', syscall: 'connect' }))
      : db.query<Row>(statement),
})

test('what a program printed and how it ended is read live, and the same from the database afterwards', async () => {
  await using db = await testDatabase()
  const { executions, sandboxes } = await executionsOn(db, (program) => {
    program.print('out')
    program.print('err', 'stderr')
    program.end({ exitCode: 3 })
  })
  const { id } = await executions.start(ada, request, null, never)
  const result = await endOf(executions, ada, id)
  assert.deepEqual([result.reason, result.exitCode, result.outputBytes], ['exited', 3, 6])
  const live = (await executions.follow(ada, id)).read(0).map(({ event }) => event)
  await executions.close()
  assert.deepEqual(sandboxes.counts, { leased: 1, destroyed: 1 })

  const { executions: later } = await executionsOn(db, () => {})
  assert.deepEqual(
    (await later.follow(ada, id)).read(0).map(({ event }) => event),
    live,
  )
  const kept = await later.read(ada, id)
  assert.deepEqual([kept.state, kept.result], ['ended', result])
  assert.deepEqual(
    (await later.list(ada, 10, null)).map((each) => each.id),
    [id],
  )
})

test('another user’s execution is not found, whatever is asked of it', async () => {
  await using db = await testDatabase()
  const { executions } = await executionsOn(db, () => {})
  const { id } = await executions.start(ada, request, null, never)
  const isNotFound = (error: unknown): boolean => error instanceof Refusal && error.code === 'not-found'
  await assert.rejects(executions.read(bob, id), isNotFound)
  await assert.rejects(executions.follow(bob, id), isNotFound)
  await assert.rejects(executions.command(bob, id, { type: 'cancel' }), isNotFound)
  await assert.rejects(executions.write(bob, id, Buffer.from('x')), isNotFound)
  assert.deepEqual(await executions.list(bob, 10, null), [])
  await executions.close()
})

test('input reaches the program in order, then its end, then nothing more; signals and cancel reach it too', async () => {
  await using db = await testDatabase()
  const programs: ScriptedProgram[] = []
  const { executions } = await executionsOn(db, (program) => programs.push(program))
  const { id } = await executions.start(ada, request, null, never)
  await executions.command(ada, id, { type: 'stdin', data: 'a', encoding: 'utf8' })
  await executions.command(ada, id, { type: 'stdin', data: 'Yg==', encoding: 'base64' })
  await executions.write(ada, id, Buffer.from('c'))
  await executions.command(ada, id, { type: 'end-of-input' })
  await assert.rejects(
    executions.write(ada, id, Buffer.from('d')),
    (error) => error instanceof Refusal && error.code === 'input-closed',
  )
  await executions.command(ada, id, { type: 'signal', signal: 'SIGUSR1' })
  await executions.command(ada, id, { type: 'cancel' })
  assert.equal((await endOf(executions, ada, id)).reason, 'cancelled')
  const [program] = programs
  assert.deepEqual([program?.input(), program?.inputEnded(), program?.signals], ['abc', true, ['SIGUSR1']])
  await assert.rejects(
    executions.command(ada, id, { type: 'cancel' }).then(() => executions.write(ada, id, Buffer.from('x'))),
    (error) => error instanceof Refusal && error.code === 'execution-ended',
  )
  await executions.close()
})

test('when the start cannot be written down the program is stopped, its place is free, and the request fails', async () => {
  await using db = await testDatabase()
  let isAway = true
  const { executions, sandboxes } = await executionsOn(
    failing(db, 'insert-execution', () => isAway),
    (program) => program.print('x'),
    1,
  )
  for (let i = 0; i < 3; i++) await assert.rejects(executions.start(ada, request, null, never), /away/)
  isAway = false
  const { id } = await executions.start(ada, request, null, never)
  await executions.command(ada, id, { type: 'cancel' })
  await endOf(executions, ada, id)
  await executions.close()
  assert.equal(sandboxes.counts.destroyed, sandboxes.counts.leased)
})

test('who follows a program from its start reads its output before it is written down; when that fails, its end says so', async () => {
  await using db = await testDatabase()
  let refuse: (error: Error) => void = () => {}
  const held = new Promise<never>((_, reject) => {
    refuse = reject
  })
  const holding: Database = {
    ...db,
    query: <Row extends object>(statement: Statement) =>
      statement.name === 'insert-execution' ? held : db.query<Row>(statement),
  }
  const { executions, sandboxes } = await executionsOn(holding, (program) => program.print('x'))
  const { id, events } = await executions.startAndFollow(ada, request, null, never)
  const output = (): boolean => events.read(0).some(({ event }) => event.type === 'output')
  if (!output())
    await new Promise<void>((resolve) => {
      events.onChange(() => output() && resolve())
    })
  refuse(new Error('away'))
  assert.equal((await endOf(executions, ada, id)).reason, 'infrastructure')
  await executions.close()
  assert.equal(sandboxes.counts.destroyed, sandboxes.counts.leased)
})

test('an end that cannot be written down at once is written when the database is back; until then it is remembered', async () => {
  await using db = await testDatabase()
  let isAway = true
  const { executions } = await executionsOn(
    failing(db, 'finish-execution', () => isAway),
    (program) => program.end({ exitCode: 5 }),
  )
  const { id } = await executions.start(ada, request, null, never)
  await endOf(executions, ada, id)
  assert.equal((await findExecution(db, ada, id))?.state, 'running')
  assert.equal((await executions.read(ada, id)).result?.exitCode, 5)
  isAway = false
  while ((await findExecution(db, ada, id))?.state !== 'ended') await new Promise((resolve) => setImmediate(resolve))
  assert.equal((await findExecution(db, ada, id))?.result?.exitCode, 5)
  await executions.close()
})

test('closing ends what runs as our doing, writes it down, and refuses what comes', async () => {
  await using db = await testDatabase()
  const { executions, sandboxes } = await executionsOn(db, () => {}, 1)
  const running = await executions.start(ada, request, null, never)
  const waiting = executions.start(bob, request, null, never)
  const refused = assert.rejects(waiting, (error) => error instanceof Refusal && error.code === 'shutting-down')
  await new Promise((resolve) => setImmediate(resolve))
  await executions.close()
  await refused
  assert.equal((await findExecution(db, ada, running.id))?.result?.reason, 'infrastructure')
  await assert.rejects(
    executions.start(ada, request, null, never),
    (error) => error instanceof Refusal && error.code === 'shutting-down',
  )
  assert.equal(sandboxes.counts.destroyed, sandboxes.counts.leased)
})

test('closing does not wait for a database that stays away', async () => {
  await using db = await testDatabase()
  const { executions } = await executionsOn(
    failing(db, 'finish-execution', () => true),
    (program) => program.end(),
  )
  const { id } = await executions.start(ada, request, null, never)
  await endOf(executions, ada, id)
  await executions.close()
})

test('a language that is not ready is refused with the reason and the cure', async () => {
  await using db = await testDatabase()
  const { executions } = await executionsOn(db, () => {})
  Object.assign(python, { available: false, reason: 'it is being installed', remedy: 'Wait a minute.' })
  try {
    await assert.rejects(
      executions.start(ada, request, null, never),
      (error) =>
        error instanceof Refusal && error.code === 'language-unavailable' && /being installed.*Wait a minute/.test(error.message),
    )
  } finally {
    Object.assign(python, { available: true, reason: null, remedy: null })
  }
})

test('files that a program left are listed with its result, and read live and from the database, by their owner alone', async () => {
  await using db = await testDatabase()
  const left = [
    { path: 'out/report.txt', content: Buffer.from('done') },
    { path: 'plain\u0000.bin', content: Buffer.from([0, 255]) },
    { path: 'empty.bin', content: Buffer.alloc(0), executable: true },
  ]
  const { executions } = await executionsOn(db, (program) => program.end({ artefacts: { files: left, areAll: true } }))
  const { id } = await executions.start(ada, { ...request, artefacts: true }, null, never)
  const result = await endOf(executions, ada, id)
  // A name that no project could have is left out, and that is said.
  assert.deepEqual(result.artefacts, {
    files: [
      { path: 'out/report.txt', sizeBytes: 4 },
      { path: 'empty.bin', sizeBytes: 0 },
    ],
    areAll: false,
  })
  assert.equal(Buffer.from(await executions.readArtefact(ada, id, 'out/report.txt')).toString(), 'done')
  await executions.close()

  const { executions: later } = await executionsOn(db, () => {})
  assert.equal(Buffer.from(await later.readArtefact(ada, id, 'out/report.txt')).toString(), 'done')
  assert.equal((await later.readArtefact(ada, id, 'empty.bin')).byteLength, 0)
  assert.deepEqual((await later.read(ada, id)).result?.artefacts, result.artefacts)
  await assert.rejects(later.readArtefact(bob, id, 'out/report.txt'), isRefusal('not-found'))
  await assert.rejects(later.readArtefact(ada, id, 'out'), isRefusal('not-found'))
  await later.close()
})

test('a program without a terminal is refused another size of it', async () => {
  await using db = await testDatabase()
  const { executions } = await executionsOn(db, () => {})
  const { id } = await executions.start(ada, request, null, never)
  const size = { type: 'resize', columns: 80, rows: 24 } as const
  await assert.rejects(executions.command(ada, id, size), isRefusal('invalid-request'))
  const { id: other } = await executions.start(ada, { ...request, terminal: { columns: 10, rows: 10 } }, null, never)
  await executions.command(ada, other, size)
  await executions.close()
})
