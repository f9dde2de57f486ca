import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ErrorCode, Refusal } from '@atelier/protocol/errors'
import fc from 'fast-check'
import { Admission, type AdmissionLimits, type Place } from './admission.ts'

const never = new AbortController().signal
const limits: AdmissionLimits = { atOnce: 2, perUser: 1, queueLength: 100, waitMs: 10_000 }
const admissionWith = (change: Partial<AdmissionLimits>): Admission => new Admission({ ...limits, ...change }, () => 0)
const isRefusal = (code: ErrorCode) => (error: unknown) => error instanceof Refusal && error.code === code

/** What a request has come to by now. */
function watch(entering: Promise<Place>) {
  const seen: { place: Place | null; error: unknown } = { place: null, error: null }
  entering.then(
    (place) => (seen.place = place),
    (error: unknown) => (seen.error = error),
  )
  return seen
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a program gets a place at once while there is room', async () => {
  const admission = admissionWith({ atOnce: 2 })
  await admission.enter('ada', never)
  await admission.enter('bob', never)
  const third = watch(admission.enter('eve', never))
  await settled()
  assert.deepEqual(third, { place: null, error: null })
  admission.close()
})

test('one user has at most their own share of the places, however many are free', async () => {
  const admission = admissionWith({ atOnce: 10, perUser: 2 })
  const places = [await admission.enter('ada', never), await admission.enter('ada', never)]
  const third = watch(admission.enter('ada', never))
  await admission.enter('bob', never)
  assert.equal(third.place, null)
  places[0]?.leave()
  await settled()
  assert.notEqual(third.place, null)
})

test('a place that is given back twice is free once', async () => {
  const admission = admissionWith({ atOnce: 1, perUser: 5 })
  const place = await admission.enter('ada', never)
  const waiting = [watch(admission.enter('ada', never)), watch(admission.enter('ada', never))]
  place.leave()
  place.leave()
  await settled()
  assert.deepEqual(
    waiting.map(({ place }) => place !== null),
    [true, false],
  )
  admission.close()
})

test('users take turns: a hundred requests of one delay the single request of another by one place', async () => {
  const admission = admissionWith({ atOnce: 1, perUser: 1, queueLength: 200 })
  const order: string[] = []
  const enter = async (user: string): Promise<Place> => {
    const place = await admission.enter(user, never)
    order.push(user)
    return place
  }
  const first = await enter('greedy')
  const rest = [...Array.from({ length: 100 }, () => enter('greedy')), enter('modest')]
  first.leave()
  for (const entering of rest) entering.then((place) => place.leave())
  await Promise.all(rest)
  assert.ok(order.indexOf('modest') <= 2, `modest came as number ${order.indexOf('modest')}`)
})

test('a request that waits too long is refused, and told whether the user or the server is full', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const admission = admissionWith({ atOnce: 2, perUser: 1 })
  await admission.enter('ada', never)
  await admission.enter('bob', never)
  const [own, full] = [admission.enter('ada', never), admission.enter('eve', never)]
  t.mock.timers.tick(10_000)
  await assert.rejects(own, (error) => isRefusal('queue-timeout')(error) && /You have 1 programs running/.test(String(error)))
  await assert.rejects(full, (error) => isRefusal('queue-timeout')(error) && /All sandboxes of this server/.test(String(error)))
})

test('when the queue is full a request is refused at once, with the time after which to come back', async () => {
  const admission = admissionWith({ atOnce: 1, queueLength: 1 })
  const place = await admission.enter('ada', never)
  const waiting = watch(admission.enter('bob', never))
  await assert.rejects(
    admission.enter('eve', never),
    (error) => error instanceof Refusal && error.code === 'queue-full' && (error.extras.retryAfterSeconds ?? 0) > 0,
  )
  place.leave()
  await settled()
  assert.notEqual(waiting.place, null)
})

test('a client that goes away while waiting leaves no trace', async () => {
  const admission = admissionWith({ atOnce: 1, queueLength: 1 })
  const place = await admission.enter('ada', never)
  const abort = new AbortController()
  const gone = admission.enter('bob', abort.signal)
  const reason = new Error('gone')
  abort.abort(reason)
  await assert.rejects(gone, reason)
  const waiting = watch(admission.enter('eve', never))
  place.leave()
  await settled()
  assert.notEqual(waiting.place, null)
  await assert.rejects(admission.enter('bob', abort.signal), reason)
})

test('closing refuses who waits and who comes', async () => {
  const admission = admissionWith({ atOnce: 1 })
  await admission.enter('ada', never)
  const waiting = admission.enter('bob', never)
  admission.close()
  await assert.rejects(waiting, isRefusal('shutting-down'))
  await assert.rejects(admission.enter('eve', never), isRefusal('shutting-down'))
})

test('whatever happens, no cap is exceeded, no free place stays unused, and every request is answered', async () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('enter' as const), user: fc.constantFrom('a', 'b', 'c') }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), nth: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort' as const), nth: fc.nat(20) }) },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, atOnce, perUser) => {
        const admission = admissionWith({ atOnce, perUser, queueLength: 1000 })
        const requests: { user: string; abort: AbortController; seen: ReturnType<typeof watch>; left: boolean }[] = []
        const inside = () => requests.filter(({ seen, left }) => seen.place !== null && !left)
        const waiting = () => requests.filter(({ seen }) => seen.place === null && seen.error === null)
        for (const each of steps) {
          if (each.kind === 'enter') {
            const abort = new AbortController()
            requests.push({ user: each.user, abort, seen: watch(admission.enter(each.user, abort.signal)), left: false })
          } else if (each.kind === 'leave') {
            const one = inside()[each.nth]
            if (one !== undefined) {
              one.left = true
              one.seen.place?.leave()
            }
          } else waiting()[each.nth]?.abort.abort()
          await settled()
          const runningOf = (user: string): number => inside().filter((request) => request.user === user).length
          assert.ok(inside().length <= atOnce)
          for (const user of ['a', 'b', 'c']) assert.ok(runningOf(user) <= perUser)
          if (inside().length < atOnce) for (const { user } of waiting()) assert.equal(runningOf(user), perUser)
        }
        admission.close()
        await settled()
        assert.equal(waiting().length, 0)
      },
    ),
    { numRuns: 60 },
  )
})
